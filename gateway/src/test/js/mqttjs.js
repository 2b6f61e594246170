// SPDX-License-Identifier: Apache-2.0
// MQTT.js over WebSocket: node mqttjs.js URL PREFIX. Ends with status 0 when every step held.
'use strict'
const assert = require('node:assert')
const mqtt = require('mqtt')

const [url, prefix] = process.argv.slice(2)
const deadline = setTimeout(() => { console.error('no end within 30 s'); process.exit(2) }, 30_000)

const versions = [
  { name: '3.1', protocolId: 'MQIsdp', protocolVersion: 3 },
  { name: '3.1.1', protocolId: 'MQTT', protocolVersion: 4 },
  { name: '5', protocolId: 'MQTT', protocolVersion: 5 }
]

function options (version, clientId, clean) {
  const kept = !clean && version.protocolVersion === 5 ? { properties: { sessionExpiryInterval: 60 } } : {}
  // MQTT.js offers "mqttv3.1" for version 3 and "mqtt" otherwise, as browsers do.
  return { protocolId: version.protocolId, protocolVersion: version.protocolVersion, clientId, clean, reconnectPeriod: 0, ...kept }
}

/** Messages in the order they come, and a promise for the next. */
function inbox (client) {
  const waiting = []
  const come = []
  client.on('message', (topic, payload, packet) => {
    const message = { topic, text: payload.toString(), packet }
    const taker = waiting.shift()
    if (taker) taker(message); else come.push(message)
  })
  return () => come.length ? Promise.resolve(come.shift()) : new Promise(resolve => waiting.push(resolve))
}

async function run (version) {
  const id = `${prefix}-js-${version.name}`
  const topic = `${prefix}/js/${version.name}`
  const publisher = await mqtt.connectAsync(url, options(version, `${id}-p`, true))
  const subscriber = await mqtt.connectAsync(url, options(version, `${id}-s`, false))
  let next = inbox(subscriber)
  await subscriber.subscribeAsync(`${topic}/+`, { qos: 2 })

  for (const qos of [0, 1, 2]) {
    await publisher.publishAsync(`${topic}/live`, `live ${qos}`, { qos })
    const message = await next()
    assert.strictEqual(message.text, `live ${qos}`)
    assert.strictEqual(message.packet.qos, qos)
  }
  await subscriber.endAsync()

  for (const qos of [1, 2, 1]) {
    await publisher.publishAsync(`${topic}/queued`, `queued ${qos}`, { qos })
  }
  const back = mqtt.connect(url, options(version, `${id}-s`, false))
  next = inbox(back)
  const connack = await new Promise((resolve, reject) => { back.once('connect', resolve); back.once('error', reject) })
  if (version.protocolVersion > 3) assert.strictEqual(connack.sessionPresent, true)
  // MQTT.js hands out a QoS 2 message at its PUBREL, so the order between the levels is its own affair.
  const come = [await next(), await next(), await next()].map(message => message.text)
  assert.deepStrictEqual(come.sort(), ['queued 1', 'queued 1', 'queued 2'])
  await back.unsubscribeAsync(`${topic}/+`)
  await back.endAsync()
  await publisher.endAsync()
}

;(async () => {
  for (const version of versions) await run(version)
  clearTimeout(deadline)
  console.log('ok')
})().catch(error => { console.error(error); process.exit(1) })
