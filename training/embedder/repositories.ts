/** The repositories the embedder is trained on, and those excluded because benchmarks are made of them. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Repository {
  /** owner/name on GitHub. */
  readonly repository: string
  readonly commit: string
  /** SPDX expression of its licence file. */
  readonly licence: string
  /** Languages of at least 15 % of its source files. */
  readonly languages: readonly string[]
  /** Whether its pairs serve validation only. */
  readonly heldOut?: boolean
}

const PERMISSIVE = new Set(['MIT', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'MIT OR Apache-2.0'])

/** Repositories of benchmarks. */
const EXCLUDED = new Set(
  `django/django sympy/sympy scikit-learn/scikit-learn sphinx-doc/sphinx pydata/xarray pylint-dev/pylint astropy/astropy
  matplotlib/matplotlib mwaskom/seaborn sqlalchemy/sqlalchemy keras-team/keras vuejs/core microsoft/playwright
  babel/babel continuedev/continue prometheus/prometheus grpc/grpc-go gohugoio/hugo tokio-rs/tokio tokio-rs/tracing
  rust-lang/rust-analyzer spring-projects/spring-framework apache/kafka fasterxml/jackson-core
  fasterxml/jackson-databind curl/curl fmtlib/fmt rails/rails dotnet/efcore yelp/mrjob sveltejs/svelte cli/cli
  mui/material-ui huggingface/transformers microsoft/vscode microsoft/typescript kubernetes/kubernetes pallets/flask
  pytest-dev/pytest boto/boto iamkun/dayjs facebook/zstd gin-gonic/gin aio-libs/aiohttp burntsushi/ripgrep
  psf/requests celery/celery networkx/networkx vitejs/vite typeorm/typeorm evanw/esbuild laravel/framework
  fastify/fastify rust-lang/cargo netty/netty redis/redis expressjs/express etcd-io/etcd`.split(/\s+/),
)

/** Reads repositories.json; throws when it names an excluded repository or one without a permissive licence. */
export function readRepositories(): readonly Repository[] {
  const list: readonly Repository[] = JSON.parse(readFileSync(join(import.meta.dirname, 'repositories.json'), 'utf8'))
  for (const { repository, licence } of list) {
    if (EXCLUDED.has(repository.toLowerCase()))
      throw new Error(`${repository} is part of a benchmark: remove it from repositories.json.`)
    if (!PERMISSIVE.has(licence))
      throw new Error(
        `${repository} has the licence ${licence}, which is not permissive: remove it from repositories.json.`,
      )
  }
  return list
}
