// Records what Docker's own clients and dockerd say to one another: plays the commands of the file `commands`, each when the one before
// has ended, behind a proxy, and writes the exchanges, an object of JSON a line, on standard output. It plays them twice: what differs in
// the answers of the second time (moments, ids, numbers of processes) is recorded by its type alone.
//   node record.mjs PREFIX DOCKERD-SOCKET FOLDER INSIDE-FOLDER >recorded
// PREFIX is put before `bash -c COMMAND`, where a docker command with the plugins buildx and compose is on the path. The proxy's socket lies
// in FOLDER, which PREFIX's commands see as INSIDE-FOLDER. The daemon has the image busybox:latest and nothing else.
//
//   {"command": "..."}                                    the commands' text, for readers
//   {"send": N, "method", "target", "headers", "body"|"base64"}   request N is sent
//   {"head": N, "status", "type"}                         its answer begins
//   {"input": N, "text", "end"}                           what the client says on a connection that it took over, and whether it closes its side
//   {"left": N}                                           the client closes its connection before the answer has ended
//   {"end": N, "json"|"records"|"frames"|"text"|"bytes"}  its answer ends: one value, a sequence of values, output by streams, text, anything
// Ids of 64 digits are `@1`, `@2`, ... by the order in which answers name them first, cut ones `@1.12`. A string `~` stands for any string, -1 for any number.
import { spawn } from 'node:child_process'
import { readFileSync, rmSync, mkdirSync } from 'node:fs'
import net from 'node:net'
import path from 'node:path'

const [prefix, upstream, folder, inside] = process.argv.slice(2)
const here = path.dirname(new URL(import.meta.url).pathname)
const commands = readFileSync(path.join(here, 'commands'), 'utf8').split('\n').filter((line) => line && !line.startsWith('#'))
const kHeaders = ['content-type', 'x-registry-auth', 'upgrade', 'connection']

let events = []
let open = 0
let numbers = 0

// Cuts a stream of bytes into HTTP messages.
class Messages {
  constructor(kind) { Object.assign(this, { kind, rest: Buffer.alloc(0), message: null, raw: false }) }
  // The head's text, or null.
  head() {
    const end = this.rest.indexOf('\r\n\r\n')
    if (end < 0) return null
    const text = this.rest.subarray(0, end).toString('latin1')
    this.rest = this.rest.subarray(end + 4)
    const [first, ...lines] = text.split('\r\n')
    const headers = {}
    for (const line of lines) headers[line.slice(0, line.indexOf(':')).toLowerCase()] = line.slice(line.indexOf(':') + 1).trim()
    return { first, headers, body: [], left: 0, chunked: headers['transfer-encoding'] === 'chunked', until_close: false }
  }
  // Takes of the body what there is; whether it is whole.
  body() {
    const m = this.message
    if (m.until_close) { m.body.push(this.rest); this.rest = Buffer.alloc(0); return false }
    if (!m.chunked) {
      const part = this.rest.subarray(0, m.left)
      m.body.push(part); m.left -= part.length; this.rest = this.rest.subarray(part.length)
      return m.left === 0
    }
    for (;;) {
      const end = this.rest.indexOf('\r\n')
      if (end < 0) return false
      const size = parseInt(this.rest.subarray(0, end).toString('latin1'), 16)
      if (this.rest.length < end + 2 + size + 2) return false
      m.body.push(this.rest.subarray(end + 2, end + 2 + size))
      this.rest = this.rest.subarray(end + 2 + size + 2)
      if (size === 0) return true
    }
  }
}

function serve(client) {
  const server = net.connect(upstream)
  const requests = new Messages('request'), answers = new Messages('answer')
  const waiting = []  // requests without their answer
  let taken = null    // the exchange that took the connection over
  const finish = (exchange, body) => { events.push({ end: exchange.number, body, type: exchange.type }); open-- }
  const input = (bytes, end) => {
    const last = events.at(-1)
    if (last && last.input === taken.number && !last.end) { last.bytes = Buffer.concat([last.bytes, bytes]); last.end = end }
    else events.push({ input: taken.number, bytes, end })
  }
  client.on('data', (data) => {
    server.write(data)
    if (taken) return input(data, false)
    requests.rest = Buffer.concat([requests.rest, data])
    for (;;) {
      if (!requests.message) {
        if (!(requests.message = requests.head())) return
        requests.message.left = Number(requests.message.headers['content-length'] ?? 0)
      }
      if (!requests.body()) return
      const m = requests.message
      requests.message = null
      const [method, target] = m.first.split(' ')
      const headers = Object.fromEntries(kHeaders.filter((name) => name in m.headers).map((name) => [name, m.headers[name]]))
      const exchange = { number: ++numbers, method, type: '' }
      open++
      waiting.push(exchange)
      events.push({ send: exchange.number, method, target, headers, bytes: Buffer.concat(m.body) })
      if (headers.upgrade && requests.rest.length) throw new Error('input before the answer')
    }
  })
  server.on('data', (data) => {
    client.write(data)
    if (taken) return taken.output.push(data)
    if (over) return
    answers.rest = Buffer.concat([answers.rest, data])
    for (;;) {
      if (!answers.message) {
        if (!(answers.message = answers.head())) return
        const m = answers.message, exchange = waiting[0]
        const status = Number(m.first.split(' ')[1])
        exchange.type = m.headers['content-type'] ?? ''
        events.push({ head: exchange.number, status, type: exchange.type })
        if (status === 101) {
          taken = exchange
          exchange.output = [answers.rest]
          return
        }
        if (exchange.method === 'HEAD' || status === 204 || status === 304) m.left = 0, m.chunked = false
        else if ('content-length' in m.headers) m.left = Number(m.headers['content-length'])
        else if (!m.chunked) m.until_close = true
      }
      if (!answers.body()) return
      finish(waiting.shift(), Buffer.concat(answers.message.body))
      answers.message = null
    }
  })
  let over = false
  client.on('end', () => {
    if (taken) {
      input(Buffer.alloc(0), true)
    } else {
      for (const exchange of waiting) events.push({ left: exchange.number })
      open -= waiting.length
      over = true
    }
    server.end()
  })
  const close = () => {
    if (over) return
    over = true
    if (taken) finish(taken, Buffer.concat(taken.output))
    else if (answers.message) finish(waiting.shift(), Buffer.concat(answers.message.body))
    open -= waiting.length - (taken ? 1 : 0)
    client.destroy(); server.destroy()
  }
  server.on('end', () => { client.end(); close() })
  server.on('error', close)
  client.on('error', close)
  client.on('close', close)
}

function play(command, socket) {
  return new Promise((resolve) => {
    const words = [...prefix.split(' ').filter(Boolean), 'bash', '-c', `cd '${inside}/work' && export DOCKER_HOST=unix://${inside}/proxy.sock && ${command}`]
    const child = spawn(words[0], words.slice(1), { stdio: ['ignore', 'ignore', 'ignore'] })
    child.on('exit', resolve)
  })
}

async function session() {
  events = []
  open = numbers = 0
  const socket = path.join(folder, 'proxy.sock')
  rmSync(socket, { force: true })
  rmSync(path.join(folder, 'work'), { recursive: true, force: true })
  mkdirSync(path.join(folder, 'work'), { recursive: true })
  const server = net.createServer({ allowHalfOpen: true }, serve)
  await new Promise((ready) => server.listen(socket, ready))
  for (const command of commands) {
    events.push({ command })
    await play(command, socket)
    for (let quiet = 0; open > 0 && quiet < 40; quiet++) await new Promise((later) => setTimeout(later, 50))
  }
  server.close()
  return events
}

// --- what is written

const ids = new Map()
let known = []
// Ids become words. `naming`: answers give ids their numbers.
function named(text, naming) {
  return text.replace(/\b[0-9a-f]{64}\b/g, (id) => {
    if (!ids.has(id)) {
      if (!naming) return id
      ids.set(id, `@${ids.size + 1}`)
      known.push(id)
    }
    return ids.get(id)
  }).replace(/\b[0-9a-f]{12}\b/g, (cut) => {
    const id = known.find((whole) => whole.startsWith(cut))
    return id ? `${ids.get(id)}.12` : cut
  })
}

function frames(bytes) {
  const found = { stdout: '', stderr: '' }
  while (bytes.length >= 8) {
    const size = bytes.readUInt32BE(4)
    found[bytes[0] === 2 ? 'stderr' : 'stdout'] += bytes.subarray(8, 8 + size).toString()
    bytes = bytes.subarray(8 + size)
  }
  return found
}

function decoded(bytes, type) {
  if (!bytes.length) return { text: '' }
  const text = bytes.toString()
  if (/multiplexed-stream/.test(type) || (/raw-stream/.test(type) && bytes[0] <= 2 && bytes[1] === 0)) return { frames: frames(bytes) }
  if (/x-tar|octet/.test(type) || Buffer.from(text).compare(bytes) !== 0) return { bytes: true }
  try {
    return { json: JSON.parse(text) }
  } catch {
    try {
      const records = text.trim().split(/\r?\n/).map((line) => JSON.parse(line))
      return { records }
    } catch {
      return { text }
    }
  }
}

// What comes in no order is written in the order of its names.
function ordered(value) {
  if (Array.isArray(value)) {
    const items = value.map(ordered)
    if (items.length && items.every((item) => typeof item?.Name === 'string')) items.sort((a, b) => (a.Name < b.Name ? -1 : 1))
    return items
  }
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, ordered(member)]))
}

function written(list) {
  ids.clear()
  known = []
  const renamed = (value, naming) => JSON.parse(named(JSON.stringify(value), naming))
  return list.map((event) => {
    if ('command' in event || 'left' in event) return event
    if ('head' in event) return { head: event.head, status: event.status, type: event.type }
    if ('input' in event) return { input: event.input, text: event.bytes.toString(), end: event.end }
    if ('send' in event) {
      const { send, method, target, headers, bytes } = event
      const made = { send, method, target: named(target, false).replace(/until=\d+/, "until=@now"), headers }
      if (bytes.length) {
        const text = bytes.toString()
        if (/json/.test(headers['content-type'] ?? '')) made.body = renamed(JSON.parse(text), false)
        else made.base64 = bytes.toString('base64')
      }
      return made
    }
    return { end: event.end, ...ordered(renamed(decoded(event.body, event.type), true)) }
  })
}

// What is different in the second value is any value of its type.
function common(a, b) {
  if (typeof a !== typeof b || Array.isArray(a) !== Array.isArray(b) || a === null || b === null) return a === b ? a : null
  if (Array.isArray(a)) return a.map((item, i) => (i < b.length ? common(item, b[i]) : item))
  if (typeof a === 'object') {
    const partners = Object.fromEntries(Object.entries(b).map(([key, value]) => [key.replace(/@\d+/g, '@'), value]))
    return Object.fromEntries(Object.entries(a).map(([key, value]) => [key, common(value, partners[key.replace(/@\d+/g, '@')] ?? value)]))
  }
  // The second time has its own numbers.
  const unnumbered = (value) => (typeof value === 'string' ? value.replace(/@\d+/g, '@') : value)
  if (unnumbered(a) === unnumbered(b)) return a
  return typeof a === 'number' ? -1 : typeof a === 'boolean' ? null : '~'
}

const first = written(await session())
const second = written(await session())
const key = (event) => Object.keys(event)[0]
// Exchanges of parallel requests may come in another order: an answer's partner is the one of the same command with the same request.
function exchanges(list) {
  const found = new Map()
  let command = ''
  const requests = new Map()
  for (const event of list) {
    if (key(event) === 'command') command = event.command
    if (key(event) === 'send') {
      let name = `${command} ${event.method} ${event.target.replace(/@\d+/g, "@")}`
      while (found.has(name)) name += '+'
      found.set(name, null)
      requests.set(event.send, name)
    }
    if (key(event) === 'end') found.set(requests.get(event.end), event)
  }
  return { found, requests }
}
const one = exchanges(first), two = exchanges(second)
for (const event of first) {
  let line = event
  if (key(event) === 'end') {
    const partner = two.found.get(one.requests.get(event.end))
    if (partner) {
      const { end, ...rest } = event
      const { end: other, ...again } = partner
      line = { end, ...common(rest, again) }
    } else {
      process.stderr.write(`only once: ${one.requests.get(event.end)}\n`)
    }
  }
  process.stdout.write(JSON.stringify(line) + '\n')
}
