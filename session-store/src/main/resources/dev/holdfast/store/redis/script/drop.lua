-- KEYS: session, inbound. ARGV: head, epoch, packet id.
local f = redis.call('HMGET', KEYS[1], 'e', 'a')
if f[1] ~= ARGV[2] or (f[2] and now >= tonumber(f[2])) then return {-1} end
redis.call('HDEL', KEYS[2], ARGV[3])
return {1}
