// SPDX-License-Identifier: Apache-2.0
// MQTT.js with a message that is too large: node mqttjs-oversize.js URL CLIENT_ID TOPIC VERSION BYTES. It publishes that one and a
// small one behind it at QoS 1, ends when it has been answered for both, and prints what it was told of the large one, and how often it had
// to connect.
'use strict'
const mqtt = require('mqtt')

const [url, clientId, topic, version, bytes] = process.argv.slice(2)
const client = mqtt.connect(url, { clientId, clean: false, protocolVersion: Number(version), reconnectPeriod: 200 })
let connects = 0
let told = 'nothing'

setTimeout(() => {
  console.error(`after 30 s: told ${told}, ${connects} connects`)
  process.exit(1)
}, 30_000)
client.on('error', error => console.error(error))
client.on('packetreceive', packet => {
  if (packet.cmd === 'connack') connects++
})

const large = new Promise(resolve => client.publish(topic, Buffer.alloc(Number(bytes)), { qos: 1 }, error => {
  told = error ? error.code : 'success'
  resolve()
}))
const small = new Promise(resolve => client.publish(topic, 'behind', { qos: 1 }, error => {
  if (!error) resolve()
}))
Promise.all([large, small]).then(() => {
  console.log(`told ${told}, ${connects} connects`)
  process.exit(0)
})
