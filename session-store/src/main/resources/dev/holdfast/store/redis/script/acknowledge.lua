-- KEYS: session, queue, seen ids. ARGV: head, epoch, dedupe window ms, up to seq, seqs done beyond it ...
local session, queue, seen = KEYS[1], KEYS[2], KEYS[3]
local f = redis.call('HMGET', session, 'e', 'b', 'a', 't', 'm')
if f[1] ~= ARGV[2] or (f[3] and now >= tonumber(f[3])) then return {-1} end
local bytes, done, mark, ids = tonumber(f[2] or '0'), tonumber(f[4] or '0'), tonumber(f[5] or '0'), {}
local bytes_before, done_before, mark_before = bytes, done, mark
local length = redis.call('LLEN', queue)

-- An entry that is finished now; QoS 2 leaves its id behind.
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
    if state_of(some[i]) == 2 then done = done - 1 else finish(some[i]) end
  end
end
for i = 5, #ARGV do
  local seq = tonumber(ARGV[i])
  local index, entry = find(queue, length, seq)
  if entry and seq_of(entry) == seq and state_of(entry) ~= 2 then
    finish(entry)
    redis.call('LSET', queue, index, bare(entry, 2))
    done = done + 1
    mark = math.max(mark, seq)
  end
end
while done > 0 and state_of(redis.call('LINDEX', queue, 0)) == 2 do
  redis.call('LPOP', queue)
  done, length = done - 1, length - 1
end
if done > 64 and 2 * done > length then
  -- A message that is never acknowledged must not make the queue grow: what is done goes when it is the greater part.
  local index, emptied = 0, 0
  while emptied < done do
    local some = redis.call('LRANGE', queue, index, index + 63)
    if #some == 0 then break end
    for i = 1, #some do
      if state_of(some[i]) == 2 then
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
