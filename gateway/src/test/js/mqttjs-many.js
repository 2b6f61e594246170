// SPDX-License-Identifier: Apache-2.0
// MQTT.js that hands over much at once: node mqttjs-many.js URL CLIENT_ID TOPIC QOS COUNT... With MQTT 5 it publishes so many messages
// in one turn, their numbers from 0, waits until each is acknowledged, and does the same with the next COUNT. Status 0 if it has
// stayed connected all the time and each was taken.
'use strict'
const mqtt = require('mqtt')

const [url, clientId, topic, qos, ...counts] = process.argv.slice(2)
const client = mqtt.connect(url, { clientId, protocolVersion: 5 })

function fail (why) {
  console.error(why)
  process.exit(1)
}

function burst () {
  if (counts.length === 0) {
    client.off('close', closed)
    client.end(() => process.exit(0))
    return
  }
  const count = Number(counts.shift())
  let acknowledged = 0
  for (let i = 0; i < count; i++) {
    client.publish(topic, String(i), { qos: Number(qos) }, error => {
      if (error) fail(error)
      if (++acknowledged === count) burst()
    })
  }
}

const closed = () => fail('closed')
client.on('error', fail)
client.on('disconnect', packet => fail(`DISCONNECT ${packet.reasonCode}`))
client.on('close', closed)
client.on('connect', burst)
setTimeout(() => fail('not all acknowledged within 60 s'), 60_000)
