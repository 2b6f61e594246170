// SPDX-License-Identifier: Apache-2.0
// MQTT.js that says much and leaves: node mqttjs-burst.js URL CLIENT_ID TOPIC COUNT. It has a will with the payload "will", publishes
// so many messages at QoS 0 on the topic, their numbers from 0, and ends; status 0 when its connection has closed.
'use strict'
const mqtt = require('mqtt')

const [url, clientId, topic, count] = process.argv.slice(2)
const client = mqtt.connect(url, { clientId, reconnectPeriod: 0, will: { topic, payload: 'will', qos: 0 } })

client.on('error', error => { console.error(error); process.exit(1) })
client.on('connect', () => {
  for (let i = 0; i < Number(count); i++) client.publish(topic, String(i))
  client.end(() => process.exit(0))
})
