// SPDX-License-Identifier: Apache-2.0
// Many dashboards that come at once, as after a restart of the gateway: node mqttjs-crowd.js COUNT URL... Each release of MQTT.js, each
// version of MQTT and each URL has its part of them; nothing is set but what they need. Prints "back", "refused" and their numbers as
// they change; status 0 when all are connected. A refused CONNACK is an error event.
'use strict'
const releases = [require('mqtt'), require('mqtt-5.15')]

const [count, ...urls] = process.argv.slice(2)
let back = 0

for (let i = 0; i < Number(count); i++) {
  const { connect } = releases[i % 2]
  const client = connect(urls[Math.floor(i / 4) % urls.length], { protocolVersion: i % 4 < 2 ? 4 : 5 })
  client.on('error', error => console.log(`refused: ${error.message}`))
  client.once('connect', () => {
    if (++back === Number(count)) process.exit(0)
  })
  client.once('reconnect', () => console.log('tries again'))
}
setTimeout(() => { console.log(`${back} are back`); process.exit(1) }, 60_000)
