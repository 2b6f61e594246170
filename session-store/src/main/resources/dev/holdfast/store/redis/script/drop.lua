-- Forgets the inbound QoS 2 messages of packet ids. KEYS: session, inbound. ARGV: head, epoch, packet id ...
local epoch, ends_at = unpack(redis.call('HMGET', KEYS[1], 'e', 'a'))
if epoch ~= ARGV[2] or (ends_at and now >= tonumber(ends_at)) then return {STALE} end
redis.call('HDEL', KEYS[2], unpack(ARGV, 3))
return {1}
