/**
 * Environment variables for the C library's allocator in a process that indexes: glibc otherwise keeps freed memory in
 * per-thread arenas, and small pieces below its growing mmap threshold. No effect elsewhere.
 * https://man7.org/linux/man-pages/man3/mallopt.3.html
 */
export const ALLOCATOR = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '32768',
  MALLOC_TRIM_THRESHOLD_: '65536',
} as const
