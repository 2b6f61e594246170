// SPDX-License-Identifier: Apache-2.0
// MQTT.js with tokens over wss: node mqttjs-token.js URL PREFIX SECRET ISSUER CERTIFICATE. Ends with status 0 when every step held.
'use strict'
const assert = require('node:assert')
const crypto = require('node:crypto')
const fs = require('node:fs')
const mqtt = require('mqtt')
const WebSocket = require('ws')

const [url, prefix, secret, issuer, certificate] = process.argv.slice(2)
const ca = fs.readFileSync(certificate)
const deadline = setTimeout(() => { console.error('no end within 60 s'); process.exit(2) }, 60_000)

/** A token made by nothing of ours. */
function token (subject, seconds) {
  const now = Math.floor(Date.now() / 1000)
  const part = object => Buffer.from(JSON.stringify(object)).toString('base64url')
  const signed = part({ alg: 'HS256', typ: 'JWT' }) + '.' +
    part({ iss: issuer, sub: subject, aud: 'mqtt', iat: now, exp: now + seconds })
  return signed + '.' + crypto.createHmac('sha256', secret).update(signed).digest('base64url')
}

function options (version, clientId, more) {
  return { protocolVersion: version, clientId, clean: true, reconnectPeriod: 0, ca, ...more }
}

function enhanced (text) {
  return { properties: { authenticationMethod: 'JWT', authenticationData: Buffer.from(text) } }
}

/** Each way a token may come, in each version that knows it. */
async function ways () {
  const t = () => token('ann', 60)
  const all = [
    ['password', 4, url, () => ({ username: 'ann', password: t() })],
    ['password', 5, url, () => ({ username: 'ann', password: t() })],
    ['enhanced', 5, url, () => enhanced(t())],
    ['header', 4, url, () => ({ wsOptions: { headers: { Authorization: `Bearer ${t()}` } } })],
    ['header', 5, url, () => ({ wsOptions: { headers: { Authorization: `Bearer ${t()}` } } })],
    ['cookie', 5, url, () => ({ wsOptions: { headers: { Cookie: `hf=${t()}`, Origin: 'https://app.example' } } })],
    ['query', 5, `${url}?token=${t()}`, () => ({})],
    // As a browser has it: no header can be set, so the token is a second subprotocol.
    ['subprotocol', 5, url, () => ({ createWebsocket: (to, protocols) => new WebSocket(to, [...protocols, `bearer.${t()}`], { ca }) })]
  ]
  for (const [way, version, to, more] of all) {
    try {
      const client = await mqtt.connectAsync(to, options(version, `${prefix}-${way}-${version}`, more()))
      await client.subscribeAsync(`${prefix}/ways`)
      await client.endAsync()
    } catch (error) {
      throw new Error(`${way} in version ${version}`, { cause: error })
    }
  }
  console.log(`ways ${all.length}`)
}

/** Renews a token of two seconds for eleven, while messages come, and loses none. */
async function renewals (version) {
  const topic = `${prefix}/renewals/${version}`
  const first = token('ann', 2)
  const client = await mqtt.connectAsync(url, options(version, `${prefix}-r${version}`,
    version === 5 ? enhanced(first) : { username: 'ann', password: first }))
  let closed = false
  client.on('close', () => { closed = true })
  const came = []
  client.on('message', (_, payload) => came.push(Number(payload.toString())))
  await client.subscribeAsync(topic, { qos: 1 })
  const publisher = await mqtt.connectAsync(url, options(5, `${prefix}-p${version}`, { username: 'u', password: token('bob', 60) }))

  const end = Date.now() + 11_000
  let sent = 0
  let renewed = 0
  let next = Date.now()
  while (Date.now() < end) {
    if (Date.now() >= next) {
      next += 1000
      await renew(client, version)
      renewed++
    }
    await publisher.publishAsync(topic, String(sent++), { qos: 1 })
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  await publisher.endAsync()
  while (came.length < sent && !closed) await new Promise(resolve => setTimeout(resolve, 20))

  assert.strictEqual(closed, false, 'the connection held')
  assert.deepStrictEqual(came, Array.from({ length: sent }, (_, i) => i))
  await client.endAsync()
  console.log(`version ${version} renewed ${renewed} times, ${sent} messages, none lost`)
}

function renew (client, version) {
  const text = token('ann', 2)
  if (version !== 5) return client.publishAsync('$auth/refresh', text, { qos: 1 })
  return new Promise((resolve, reject) => {
    client.handleAuth = (packet, done) => {
      if (packet.reasonCode === 0) resolve(); else reject(new Error(`AUTH ${packet.reasonCode}`))
      done()
    }
    // MQTT.js answers AUTH and has no call of its own that begins with one.
    client._sendPacket({ cmd: 'auth', reasonCode: 0x19, ...enhanced(text) })
  })
}

/** A second user wants the client identifier of the first. */
async function thief () {
  const id = `${prefix}-mine`
  const holder = await mqtt.connectAsync(url, options(5, id, { username: 'u', password: token('ann', 60) }))
  let closed = false
  holder.on('close', () => { closed = true })
  await assert.rejects(mqtt.connectAsync(url, options(5, id, { username: 'u', password: token('bob', 60) })), { code: 0x87 })
  await assert.rejects(mqtt.connectAsync(url, options(4, id, { username: 'bob', password: token('bob', 60) })), { code: 5 })
  await holder.publishAsync(`${prefix}/mine`, 'still here', { qos: 1 })
  assert.strictEqual(closed, false, 'the holder noticed nothing')
  await holder.endAsync()
  console.log('thief refused')
}

;(async () => {
  await ways()
  await Promise.all([renewals(4), renewals(5)])
  await thief()
  clearTimeout(deadline)
  console.log('ok')
})().catch(error => { console.error(error); process.exit(1) })
