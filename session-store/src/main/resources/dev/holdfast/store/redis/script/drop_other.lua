-- A PUBLISH has come under a packet id that holds a message: forgets that message if it is another one. KEYS: session, inbound.
-- ARGV: head, epoch, packet id, message. Answers STALE, or 1 and whether the same message is held.
local epoch, ends_at = unpack(redis.call('HMGET', KEYS[1], 'e', 'a'))
if epoch ~= ARGV[2] or (ends_at and now >= tonumber(ends_at)) then return {STALE} end

-- Topic and payload of a message as MessageCodec writes it. The header length counts the 6 bytes of a seq, which an inbound
-- message does not have.
local function content(message)
  local topic_at = struct.unpack('>I2', message, 2) % 0x8000 - 6 + 1
  local properties_at = topic_at + 2 + struct.unpack('>I2', message, topic_at)
  local at, length, unit, byte = properties_at, 0, 1
  repeat
    byte = string.byte(message, at)
    length = length + byte % 128 * unit
    unit = unit * 128
    at = at + 1
  until byte < 128
  return string.sub(message, topic_at, properties_at - 1), string.sub(message, at + length)
end

local held = redis.call('HGET', KEYS[2], ARGV[3])
if held then
  local held_topic, held_payload = content(held)
  local topic, payload = content(ARGV[4])
  if held_topic == topic and held_payload == payload then return {1, 1} end
  redis.call('HDEL', KEYS[2], ARGV[3])
end
return {1, 0}
