-- QoS 2 messages have been received by the client (PUBREC). KEYS: session, queue. ARGV: head, epoch, seq ... Answers STALE or 1.
local session, queue = KEYS[1], KEYS[2]
local epoch, known_bytes, ends_at, sent_mark = unpack(redis.call('HMGET', session, 'e', 'b', 'a', 'm'))
if epoch ~= ARGV[2] or (ends_at and now >= tonumber(ends_at)) then return {STALE} end
local length, bytes, mark, released = redis.call('LLEN', queue), tonumber(known_bytes or '0'), tonumber(sent_mark or '0'), false
-- Messages that are released together mostly stand one behind the other: they are read together, from the first one on, unless that is large.
local SMALL = 4096
local near, near_index = {}, 0
for i = 3, #ARGV do
  local seq = tonumber(ARGV[i])
  local index, entry, place
  for j = 1, #near do
    if seq_of(near[j]) == seq then index, entry, place = near_index + j - 1, near[j], j break end
  end
  if not entry then index, entry = find(queue, length, seq) end
  if i == 3 and #ARGV > 3 and entry and #entry < SMALL then
    near_index, near, place = index, redis.call('LRANGE', queue, index, index + #ARGV - 3), 1
  end
  if entry and seq_of(entry) == seq and state_of(entry) == QUEUED and qos_of(entry) == 2 then
    local without_body = bare(entry, RELEASED)
    redis.call('LSET', queue, index, without_body)
    if place then near[place] = without_body end -- a client may say PUBREC twice
    bytes, mark, released = bytes - size_of(entry), math.max(mark, seq), true
  end
end
if released then redis.call('HSET', session, 'b', int(bytes), 'm', int(mark)) end
return {1}
