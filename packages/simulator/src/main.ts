#!/usr/bin/env node
import { parseArgs } from 'node:util'
import { startSimulator } from './simulator.ts'

const USAGE = `Usage: hufu-simulator [--port 8090] [--host 127.0.0.1] [--smtp-port PORT]

A WeChat Official Account platform on this machine. Open its address for a phone.
`

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '8090' },
    'smtp-port': { type: 'string', default: '0' },
    host: { type: 'string', default: '127.0.0.1' },
    help: { type: 'boolean', short: 'h' },
  },
})

if (values.help) {
  process.stdout.write(USAGE)
} else {
  const simulator = await startSimulator({
    port: Number(values.port),
    host: values.host,
    smtpPort: Number(values['smtp-port']),
  })
  process.stdout.write(`WeChat simulator: ${simulator.url}/phone/   mail: ${simulator.world.mailbox.url}\n`)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void simulator.close())
}
