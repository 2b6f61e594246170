// SPDX-License-Identifier: Apache-2.0
// Many clients of MQTT.js that publish to each other at QoS 1 and 2, alternately, while gateways come and go:
// node mqttjs-rolling.js WS_URL TCP_URL COUNT INTERVAL_MS PREFIX. Half of them speak MQTT 5, half MQTT 3.1.1; half use WebSocket, half TCP;
// all keep their sessions and have wills. Prints "connected" when all are; at a line on stdin they stop publishing, wait for what is
// on its way, and a line of JSON says what came of it; "longestPause" says for how many ms this process was not let run meanwhile,
// since a client that does not run is not interrupted by a gateway.
'use strict'
const mqtt = require('mqtt')

const [webSocket, tcp, countText, intervalText, prefix] = process.argv.slice(2)
const count = Number(countText)
const interval = Number(intervalText)
const sent = new Map() // message -> how often it has come
const downSince = new Array(count).fill(0)
const interruptions = []
let wills = 0
let errors = 0
let sessionsLost = 0
let isPublishing = true
let ready = 0
let lastError = ''
let longestPause = 0

const LOOK_MILLIS = 20
let lookedAt = 0
setInterval(() => {
  const now = Date.now()
  if (lookedAt > 0 && ready === count && isPublishing) longestPause = Math.max(longestPause, now - lookedAt - LOOK_MILLIS)
  lookedAt = now
}, LOOK_MILLIS)

function begin (i) {
  const isV5 = i % 2 === 0
  const client = mqtt.connect(i % 4 < 2 ? webSocket : tcp, {
    clientId: `${prefix}-${i}`,
    clean: false,
    protocolVersion: isV5 ? 5 : 4,
    properties: isV5 ? { sessionExpiryInterval: 3600 } : undefined,
    resubscribe: false,
    keepalive: 60,
    will: { topic: `${prefix}/will/${i}`, payload: 'gone', qos: 1, retain: false }
  })
  let isFirst = true
  let seq = 0
  client.on('error', error => { errors++; lastError = String(error) })
  client.on('close', () => { if (downSince[i] === 0 && !isFirst) downSince[i] = Date.now() })
  client.on('connect', connack => {
    if (!isFirst) {
      if (!connack.sessionPresent) sessionsLost++
      interruptions.push(Date.now() - downSince[i])
      downSince[i] = 0
      return
    }
    isFirst = false
    const filters = i === 0 ? [`${prefix}/to/${i}`, `${prefix}/will/#`] : [`${prefix}/to/${i}`]
    client.subscribe(filters, { qos: 2 }, error => {
      if (error) throw error
      if (++ready < count) begin2()
      else console.log('connected')
    })
  })
  client.on('message', (topic, payload) => {
    if (topic.startsWith(`${prefix}/will/`)) wills++
    else sent.set(payload.toString(), (sent.get(payload.toString()) || 0) + 1)
  })
  setTimeout(() => setInterval(() => {
    if (!isPublishing || ready < count) return
    const qos = 1 + seq % 2
    const message = `${i}:${seq++}:${qos}`
    sent.set(message, 0)
    client.publish(`${prefix}/to/${(i + 1 + seq) % count}`, message, { qos })
  }, interval), Math.random() * interval)
}

// A few at a time, so that none of them waits for its turn for long.
let begun = 0
function begin2 () {
  if (begun < count) begin(begun++)
}
for (let i = 0; i < 20; i++) begin2()

function missing () {
  let lost = 0
  for (const times of sent.values()) if (times === 0) lost++
  return lost
}

function report () {
  const of = (qos, test) => [...sent].filter(([message, times]) => message.endsWith(`:${qos}`) && test(times)).length
  interruptions.sort((one, other) => one - other)
  const quantile = q => interruptions[Math.min(interruptions.length - 1, Math.floor(interruptions.length * q))] || 0
  console.log(JSON.stringify({
    sent: sent.size,
    lost: missing(),
    twiceAtQos1: of(1, times => times > 1),
    twiceAtQos2: of(2, times => times > 1),
    wills,
    errors,
    lastError,
    sessionsLost,
    longestPause,
    interruptions: interruptions.length,
    p50: quantile(0.5),
    p99: quantile(0.99),
    longest: quantile(1)
  }))
  process.exit(0)
}

process.stdin.once('data', () => {
  isPublishing = false
  const until = Date.now() + 60_000
  const isOver = () => missing() === 0 && downSince.every(since => since === 0)
  const look = () => isOver() || Date.now() > until ? setTimeout(report, 300) : setTimeout(look, 50)
  look()
})
