-- A QoS 2 message has been received by the client (PUBREC). KEYS: session, queue. ARGV: head, epoch, seq. Answers STALE or 1.
local session, queue = KEYS[1], KEYS[2]
local epoch, bytes, ends_at, mark = unpack(redis.call('HMGET', session, 'e', 'b', 'a', 'm'))
if epoch ~= ARGV[2] or (ends_at and now >= tonumber(ends_at)) then return {STALE} end
local seq = tonumber(ARGV[3])
local index, entry = find(queue, redis.call('LLEN', queue), seq)
if entry and seq_of(entry) == seq and state_of(entry) == QUEUED and qos_of(entry) == 2 then
  redis.call('LSET', queue, index, bare(entry, RELEASED))
  redis.call('HSET', session, 'b', int(tonumber(bytes or '0') - size_of(entry)),
    'm', int(math.max(tonumber(mark or '0'), seq)))
end
return {1}
