// SPDX-License-Identifier: Apache-2.0
// MQTT.js with compressed messages: node mqttjs-deflate.js URL TOPIC. Ends with status 0 when every step held.
'use strict'
const assert = require('node:assert')
const mqtt = require('mqtt')
const WebSocket = require('ws')

const [url, topic] = process.argv.slice(2)
const deadline = setTimeout(() => { console.error('no end within 30 s'); process.exit(2) }, 30_000)
const text = JSON.stringify(Array.from({ length: 1000 }, (_, i) => ({ sensor: i, state: i % 3 ? 'on' : 'off' })))

async function run () {
  let socket
  const createWebsocket = (where, protocols) => (socket = new WebSocket(where, protocols))
  const client = await mqtt.connectAsync(url, { createWebsocket, reconnectPeriod: 0, protocolVersion: 5 })
  assert.match(socket.extensions, /permessage-deflate/)
  await client.subscribeAsync(topic, { qos: 1 })
  const come = []
  const both = new Promise(resolve => client.on('message', (_, payload) => {
    if (come.push(payload.toString()) === 2) resolve()
  }))

  await client.publishAsync(topic, text, { qos: 0 })
  while (come.length < 1) await new Promise(resolve => setImmediate(resolve))
  const { bytesRead, bytesWritten } = socket._socket
  assert.ok(bytesRead < text.length / 2, `${bytesRead} bytes came for ${text.length}`)
  assert.ok(bytesWritten < text.length / 2, `${bytesWritten} bytes went for ${text.length}`)
  await client.publishAsync(topic, text, { qos: 1 }) // comes as it is
  await both
  assert.deepStrictEqual(come, [text, text])
  await client.endAsync()
}

run().then(() => { clearTimeout(deadline); console.log('ok') }, failure => { console.error(failure); process.exit(1) })
