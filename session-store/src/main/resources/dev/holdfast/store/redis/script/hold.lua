-- KEYS: session, inbound. ARGV: head, epoch, packet id, message.
local f = redis.call('HMGET', KEYS[1], 'e', 'x', 'a')
if f[1] ~= ARGV[2] or (f[3] and now >= tonumber(f[3])) then return {-1} end
if redis.call('HSETNX', KEYS[2], ARGV[3], ARGV[4]) == 0 then
  -- The same message id is this very call again, whose answer was lost.
  local held = redis.call('HGET', KEYS[2], ARGV[3])
  return {1, string.sub(held, 4, 19) == string.sub(ARGV[4], 4, 19) and 1 or 0}
end
local expiry = tonumber(f[2])
if expiry < 4294967295000 and redis.call('HLEN', KEYS[2]) == 1 then
  redis.call('PEXPIRE', KEYS[2], int(2 * expiry + MARGIN))
end
return {1, 1}
