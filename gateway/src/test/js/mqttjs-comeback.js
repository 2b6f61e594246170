// SPDX-License-Identifier: Apache-2.0
// Clients that stay, and come back by themselves: node mqttjs-comeback.js COUNT WS_URL TCP_URL. Each release of MQTT.js and each version of
// MQTT has its part of them; half have a client identifier of their own, over WebSocket, the others MQTT.js names itself, over
// either. Nothing else is set. Prints "all" when all are connected, again after each loss, and "tries N" for every fifty reconnects. "drop"
// on stdin cuts all their sockets.
'use strict'
const releases = [require('mqtt'), require('mqtt-5.15')]

const [countText, webSocket, tcp] = process.argv.slice(2)
const count = Number(countText)
const clients = []
let up = 0
let tries = 0

for (let i = 0; i < count; i++) {
  const isNamed = i % 8 < 4
  const client = releases[i % 2].connect(isNamed || i % 16 < 8 ? webSocket : tcp, {
    protocolVersion: i % 4 < 2 ? 4 : 5,
    ...(isNamed ? { clientId: `own-${i}` } : {})
  })
  let isUp = false
  client.on('error', error => console.log(`error ${i}: ${error.message}`))
  client.on('connect', () => {
    isUp = true
    if (++up === count) console.log('all')
  })
  client.on('close', () => {
    if (isUp) up--
    isUp = false
  })
  client.on('reconnect', () => {
    if (++tries % 50 === 0) console.log(`tries ${tries}`)
  })
  clients.push(client)
}

process.stdin.on('data', text => {
  if (String(text).includes('drop')) clients.forEach(client => client.stream.destroy())
})
process.stdin.on('end', () => process.exit(0))
