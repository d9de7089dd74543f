import { accountCommand } from './cli/account.ts'
import { appCommand } from './cli/app.ts'
import { conflictCommand } from './cli/conflict.ts'
import { backupCommand, migrateCommand, outboxCommand, restoreCommand } from './cli/data.ts'
import { menuCommand } from './cli/menu.ts'
import { replyCommand } from './cli/reply.ts'
import { templateCommand } from './cli/template.ts'
import { HelpWanted, NoInstallation, UsageError } from './cli/usage.ts'
import { ConfigError } from './config.ts'
import { DomainError } from './errors.ts'
import { BackupRefused } from './store/backup.ts'
import { StoreUnavailable } from './store/errors.ts'
import { AlreadyServed } from './store/lock.ts'
import { TransferRefused } from './store/transfer.ts'
import { KeyProblem } from './vault/keyfile.ts'
import { version } from './version.ts'

const help = `hufu ${version}

  hufu start                 run the server (configuration: environment and .env, see docs/configuration.md)
  hufu account add           serve an Official Account by its credentials
  hufu account list          the accounts, without their secrets
  hufu account set APPID     change its secret, token, key, mode, name or welcome text
  hufu account check [APPID] ask WeChat whether all is well, and say what to do if not
  hufu account reconcile APPID  compare its followers with WeChat now
  hufu app add               let a website use Hufu; prints its API key, once
  hufu app set ID            change a website
  hufu app key ID            one more API key; --revoke-others ends all former ones
  hufu app list              the websites
  hufu reply add|list|remove|welcome APPID  what an account answers to words, taps and new followers
  hufu menu set|show|publish|withdraw|get APPID  its menu
  hufu template list|sync|add|name|…  what messages can be sent by
  hufu conflict list         who wanted what belongs to somebody else; undo a move
  hufu backup FILE           copy the database while the server runs
  hufu restore FILE          put a copy back; nothing is sent until hufu outbox resume
  hufu migrate               move from SQLite to PostgreSQL
  hufu outbox status         background work; pause and resume what goes out

  Every command explains itself with --help.
`

/** What the operator can mend: the message is enough. All else is a bug, with its stack. */
const told = [
  UsageError,
  ConfigError,
  KeyProblem,
  NoInstallation,
  AlreadyServed,
  BackupRefused,
  TransferRefused,
  StoreUnavailable,
]

/** What we write is nobody else's to read. */
process.umask(0o077)

const [noun, ...rest] = process.argv.slice(2)

try {
  switch (noun) {
    case 'start':
      await import('./main.ts')
      break
    case 'account':
      await accountCommand(rest)
      break
    case 'app':
      await appCommand(rest)
      break
    case 'reply':
      await replyCommand(rest)
      break
    case 'menu':
      await menuCommand(rest)
      break
    case 'template':
      await templateCommand(rest)
      break
    case 'conflict':
      await conflictCommand(rest)
      break
    case 'backup':
      await backupCommand(rest)
      break
    case 'restore':
      await restoreCommand(rest)
      break
    case 'migrate':
      await migrateCommand(rest)
      break
    case 'outbox':
      await outboxCommand(rest)
      break
    case '--version':
      process.stdout.write(`${version}\n`)
      break
    default:
      process.stdout.write(help)
      process.exitCode = noun === undefined || noun === '--help' || noun === 'help' ? 0 : 2
  }
} catch (error) {
  if (error instanceof HelpWanted) {
    process.stdout.write(`${error.message}\n`)
    process.exit(0)
  }
  process.stderr.write(`${explain(error)}\n`)
  process.exitCode = error instanceof UsageError ? 2 : error instanceof ConfigError ? 78 : 1
}

function explain(error: unknown): string {
  if (error instanceof DomainError) return error.details.detail ?? error.code
  if (told.some((kind) => error instanceof kind)) return (error as Error).message
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
