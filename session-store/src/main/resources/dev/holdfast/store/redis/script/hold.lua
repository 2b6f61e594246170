-- Stores inbound QoS 2 messages under their packet ids. KEYS: session, inbound. ARGV: head, epoch, then for each message its packet
-- id and the message. Answers STALE, or 1 and for each whether the message is the one that is held.
local inbound = KEYS[2]
local epoch, expiry, ends_at = unpack(redis.call('HMGET', KEYS[1], 'e', 'x', 'a'))
if epoch ~= ARGV[2] or (ends_at and now >= tonumber(ends_at)) then return {STALE} end
local reply, added = {1}, 0
for i = 3, #ARGV, 2 do
  local packet_id, message = ARGV[i], ARGV[i + 1]
  local is_held = 1
  if redis.call('HSETNX', inbound, packet_id, message) == 1 then
    added = added + 1
  else
    -- If the message id is the same, this is a repetition of the call, whose answer was lost.
    local held = redis.call('HGET', inbound, packet_id)
    if string.sub(held, 4, 19) ~= string.sub(message, 4, 19) then is_held = 0 end
  end
  reply[#reply + 1] = is_held
end
expiry = tonumber(expiry)
if added > 0 and expiry < NEVER and redis.call('HLEN', inbound) == added then
  redis.call('PEXPIRE', inbound, int(2 * expiry + MARGIN))
end
return reply
