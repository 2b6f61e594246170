// SPDX-License-Identifier: Apache-2.0
// MQTT.js with a session that is kept: node mqttjs-kept.js URL CLIENT_ID TOPIC COUNT. With COUNT 0 it subscribes, says so and
// stays until it is killed. Else it comes back, finds its session, prints so many messages and ends with status 0.
'use strict'
const mqtt = require('mqtt')

const [url, clientId, topic, count] = process.argv.slice(2)
const messages = Number(count)
const client = mqtt.connect(url, { clientId, clean: false, protocolVersion: 4, reconnectPeriod: 0 })
let come = 0

function fail (why) {
  console.error(why)
  process.exit(1)
}

if (messages > 0) setTimeout(() => fail(`${come} of ${messages} messages within 30 s`), 30_000)
client.on('error', fail)
client.on('connect', connack => {
  if (messages > 0) {
    if (!connack.sessionPresent) fail('no session')
  } else {
    client.subscribe(topic, { qos: 1 }, error => error ? fail(error) : console.log('subscribed'))
  }
})
client.on('message', (name, payload) => {
  console.log(payload.toString())
  if (++come === messages) client.end(false, () => process.exit(0))
})
