/**
 * The tasks of `fovea bench generate`: small projects with a multi-file task, hidden tests, a reference solution that
 * passes them and mutants of it that must fail. All were written for this bench.
 */
import type { GenerateTask } from './task.ts'
import { NODE_TASKS } from './tasks-node.ts'
import { PYTHON_TASKS } from './tasks-python.ts'

const queue: GenerateTask = {
  name: 'a queue with priorities',
  runtime: 'go',
  files: {
    'go.mod': 'module example.com/jobs\n\ngo 1.20\n',
    'job/job.go': 'package job\n\ntype Job struct {\n\tName string\n}\n',
    'queue/queue.go': `package queue

import "example.com/jobs/job"

type Queue struct {
	jobs []job.Job
}

func (q *Queue) Push(j job.Job) {
	q.jobs = append(q.jobs, j)
}
`,
  },
  task: `- job.Job has a field Priority, an int.
- queue.Queue has a method Pop that gives the job of the highest priority, of equal ones that which was pushed first, and false when the queue is empty.
- queue.Queue has a method Len.`,
  hidden: {
    'hidden_test.go': `package jobs

import (
	"testing"

	"example.com/jobs/job"
	"example.com/jobs/queue"
)

func TestQueue(t *testing.T) {
	q := &queue.Queue{}
	q.Push(job.Job{Name: "a", Priority: 1})
	q.Push(job.Job{Name: "b", Priority: 2})
	q.Push(job.Job{Name: "c", Priority: 2})
	if q.Len() != 3 {
		t.Fatal(q.Len())
	}
	for _, want := range []string{"b", "c", "a"} {
		j, ok := q.Pop()
		if !ok || j.Name != want {
			t.Fatal(j, ok, want)
		}
	}
	if _, ok := q.Pop(); ok {
		t.Fatal("not empty")
	}
}
`,
  },
  command: ['test', './...'],
  solution: {
    'job/job.go': 'package job\n\ntype Job struct {\n\tName     string\n\tPriority int\n}\n',
    'queue/queue.go': `package queue

import "example.com/jobs/job"

type Queue struct {
	jobs []job.Job
}

func (q *Queue) Push(j job.Job) {
	q.jobs = append(q.jobs, j)
}

func (q *Queue) Len() int {
	return len(q.jobs)
}

func (q *Queue) Pop() (job.Job, bool) {
	if len(q.jobs) == 0 {
		return job.Job{}, false
	}
	best := 0
	for i, j := range q.jobs {
		if j.Priority > q.jobs[best].Priority {
			best = i
		}
	}
	found := q.jobs[best]
	q.jobs = append(q.jobs[:best], q.jobs[best+1:]...)
	return found, true
}
`,
  },
  mutants: [
    ['queue/queue.go', 'j.Priority > q', 'j.Priority >= q'],
    ['queue/queue.go', 'return len(q.jobs)', 'return 0'],
  ],
}

export const TASKS: readonly GenerateTask[] = [...NODE_TASKS, ...PYTHON_TASKS, queue]
