/**
 * What the C library's allocator is told at the start of a process that indexes: glibc keeps what threads free in arenas
 * of their own, and pieces below its growing threshold among others that stay. Elsewhere the variables mean nothing.
 * https://man7.org/linux/man-pages/man3/mallopt.3.html
 */
export const ALLOCATOR = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '32768',
  MALLOC_TRIM_THRESHOLD_: '65536',
} as const
