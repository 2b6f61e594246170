-- KEYS: session, queue. ARGV: head, epoch, seq.
local session, queue = KEYS[1], KEYS[2]
local f = redis.call('HMGET', session, 'e', 'b', 'a', 'm')
if f[1] ~= ARGV[2] or (f[3] and now >= tonumber(f[3])) then return {-1} end
local seq = tonumber(ARGV[3])
local index, entry = find(queue, redis.call('LLEN', queue), seq)
if entry and seq_of(entry) == seq and state_of(entry) == 0 and qos_of(entry) == 2 then
  redis.call('LSET', queue, index, bare(entry, 1))
  redis.call('HSET', session, 'b', int(tonumber(f[2] or '0') - size_of(entry)),
    'm', int(math.max(tonumber(f[4] or '0'), seq)))
end
return {1}
