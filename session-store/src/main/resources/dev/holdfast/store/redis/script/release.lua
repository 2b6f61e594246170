-- QoS 2 messages have been received by the client (PUBREC). KEYS: session, queue. ARGV: head, epoch, seq ... Answers STALE or 1.
local session, queue = KEYS[1], KEYS[2]
local epoch, known_bytes, ends_at, sent_mark = unpack(redis.call('HMGET', session, 'e', 'b', 'a', 'm'))
if epoch ~= ARGV[2] or (ends_at and now >= tonumber(ends_at)) then return {STALE} end
local length, bytes, mark, released = redis.call('LLEN', queue), tonumber(known_bytes or '0'), tonumber(sent_mark or '0'), false
for i = 3, #ARGV do
  local seq = tonumber(ARGV[i])
  local index, entry = find(queue, length, seq)
  if entry and seq_of(entry) == seq and state_of(entry) == QUEUED and qos_of(entry) == 2 then
    redis.call('LSET', queue, index, bare(entry, RELEASED))
    bytes, mark, released = bytes - size_of(entry), math.max(mark, seq), true
  end
end
if released then redis.call('HSET', session, 'b', int(bytes), 'm', int(mark)) end
return {1}
