-- Stores an inbound QoS 2 message under its packet id. KEYS: session, inbound. ARGV: head, epoch, packet id, message.
-- Answers STALE, or 1 and whether the message is the one that is held.
local epoch, expiry, ends_at = unpack(redis.call('HMGET', KEYS[1], 'e', 'x', 'a'))
if epoch ~= ARGV[2] or (ends_at and now >= tonumber(ends_at)) then return {STALE} end
if redis.call('HSETNX', KEYS[2], ARGV[3], ARGV[4]) == 0 then
  -- If the message id is the same, this is a repetition of the call, whose answer was lost.
  local held = redis.call('HGET', KEYS[2], ARGV[3])
  return {1, string.sub(held, 4, 19) == string.sub(ARGV[4], 4, 19) and 1 or 0}
end
expiry = tonumber(expiry)
if expiry < NEVER and redis.call('HLEN', KEYS[2]) == 1 then
  redis.call('PEXPIRE', KEYS[2], int(2 * expiry + MARGIN))
end
return {1, 1}
