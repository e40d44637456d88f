/** Classifies a file by its name alone: secret, binary or generated. `parse/screen.ts` judges the content. */
import type { SkipReason } from '../../types/source.ts'

const BINARY = new Set(
  `png svg jpg jpeg jpe gif bmp ico icns webp avif heic tif tiff psd ai xcf sketch fig blend
  mp3 mp4 m4a m4v wav ogg oga ogv flac aac avi mov mkv webm wmv
  zip gz tgz bz2 tbz xz txz zst lz4 7z rar tar jar war ear aar apk ipa nupkg vsix crx whl egg gem
  deb rpm dmg iso cab msi pkg
  exe dll so dylib a o obj lib pdb class pyc pyo pyd node wasm bc elc beam rlib rmeta hi bin dat img
  ttf otf woff woff2 eot
  pdf doc docx xls xlsx ppt pptx odt ods odp epub mobi
  db sqlite sqlite3 mdb parquet arrow feather orc avro npy npz pkl pickle pt pth onnx safetensors gguf h5 hdf5 tflite
  bundle pack idx swp swo ds_store lockb mo gmo mmdb tfrecord rdb rdata rds mat`.split(/\s+/),
)

const SECRET_EXTENSION = new Set('pem key p12 pfx keystore jks ppk kdbx tfstate'.split(' '))
const SECRET_NAME = new Set(
  `id_rsa id_dsa id_ecdsa id_ed25519 .npmrc .pypirc .netrc _netrc .pgpass .htpasswd .git-credentials .dockercfg .my.cnf
  credentials credentials.json credentials.yml credentials.yaml credentials.toml .credentials
  terraform.tfstate.backup`.split(/\s+/),
)
/** `.env`, `.env.local`, … but not the templates that are meant to be shared. */
const ENV = /^\.env(\..+)?$/
const ENV_EXAMPLE = /\.(example|sample|template|dist|tpl|defaults?)$/

const GENERATED_NAME = new Set(
  `package-lock.json npm-shrinkwrap.json pnpm-lock.yaml packages.lock.json gradle.lockfile go.sum go.work.sum
  package.resolved .terraform.lock.hcl .pnp.cjs .pnp.loader.mjs`.split(/\s+/),
)
const GENERATED =
  /\.(lock|map|tsbuildinfo|pb\.(go|cc|h)|pb\.validate\.go|g\.dart|freezed\.dart|designer\.cs|g(\.i)?\.cs)$|_pb2(_grpc)?\.pyi?$|[.-]min\.(js|mjs|cjs|css|html)$|\.bundle\.(js|css)$|\.fovea-\d{8}-[0-9a-f]{6}\.(old|new)$/

/** Lower-case text after the last dot, or '' for names without one; `.env` has the extension `env`. */
function extensionOf(name: string): string {
  const dot = name.lastIndexOf('.')
  return dot < 0 ? '' : name.slice(dot + 1).toLowerCase()
}

/** Why a file is skipped without being read, or null when its name is no reason. */
export function reasonByName(name: string): SkipReason | null {
  const lower = name.toLowerCase()
  const extension = extensionOf(lower)
  if (SECRET_NAME.has(lower) || SECRET_EXTENSION.has(extension)) return 'secret'
  if (ENV.test(lower) && !ENV_EXAMPLE.test(lower)) return 'secret'
  if (GENERATED_NAME.has(lower) || GENERATED.test(lower)) return 'generated'
  return BINARY.has(extension) ? 'binary' : null
}
