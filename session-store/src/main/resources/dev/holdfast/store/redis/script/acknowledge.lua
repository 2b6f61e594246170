-- Messages are done: those up to a seq, and some beyond it. KEYS: session, queue, seen ids. ARGV: head, epoch, dedupe window ms,
-- up to seq, seqs beyond it ... Answers STALE or 1.
local SOME_DONE = 64 -- entries that are done may stand in the queue at least
local session, queue, seen = KEYS[1], KEYS[2], KEYS[3]
local epoch, known_bytes, ends_at, known_done, sent_mark = unpack(redis.call('HMGET', session, 'e', 'b', 'a', 't', 'm'))
if epoch ~= ARGV[2] or (ends_at and now >= tonumber(ends_at)) then return {STALE} end
local bytes, done, mark, ids = tonumber(known_bytes or '0'), tonumber(known_done or '0'), tonumber(sent_mark or '0'), {}
local bytes_before, done_before, mark_before = bytes, done, mark
local length = redis.call('LLEN', queue)

-- An entry has become done; a QoS 2 message leaves its id behind.
local function finish(entry)
  bytes = bytes - size_of(entry)
  if qos_of(entry) == 2 then ids[#ids + 1] = id_of(entry) end
end

local gone = find(queue, length, tonumber(ARGV[4]) + 1)
length = length - gone
while gone > 0 do
  local some = redis.call('LPOP', queue, math.min(gone, 128))
  gone = gone - #some
  for i = 1, #some do
    if state_of(some[i]) == DONE then done = done - 1 else finish(some[i]) end
  end
end
for i = 5, #ARGV do
  local seq = tonumber(ARGV[i])
  local index, entry = find(queue, length, seq)
  if entry and seq_of(entry) == seq and state_of(entry) ~= DONE then
    finish(entry)
    redis.call('LSET', queue, index, bare(entry, DONE))
    done = done + 1
    mark = math.max(mark, seq)
  end
end
while done > 0 and state_of(redis.call('LINDEX', queue, 0)) == DONE do
  redis.call('LPOP', queue)
  done, length = done - 1, length - 1
end
if done > SOME_DONE and 2 * done > length then
  -- A message at the head that is never acknowledged must not make the queue grow: entries that are done are removed when they
  -- are more than half of it.
  local index, emptied = 0, 0
  while emptied < done do
    local some = redis.call('LRANGE', queue, index, index + 63)
    if #some == 0 then break end
    for i = 1, #some do
      if state_of(some[i]) == DONE then
        redis.call('LSET', queue, index + i - 1, '')
        emptied = emptied + 1
      end
    end
    index = index + #some
  end
  redis.call('LREM', queue, emptied, '')
  done = 0
end
remember(seen, ids, now, tonumber(ARGV[3]))
if bytes ~= bytes_before then redis.call('HSET', session, 'b', int(bytes)) end
if mark ~= mark_before then redis.call('HSET', session, 'm', int(mark)) end
if done == 0 and done_before > 0 then redis.call('HDEL', session, 't')
elseif done ~= done_before then redis.call('HSET', session, 't', done) end
return {1}
