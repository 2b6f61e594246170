-- The operator empties a queue, but for what may have been sent (first_droppable in enqueue.lua says what that is). ARGV: head.
-- Answers 0 if there is no session, else 1, how many entries went, and the owner or ''.
local epoch, owner, ends_at, sent_mark, highest_read, first_owned, known_done, limits, unsaid =
  unpack(redis.call('HMGET', session, 'e', 'o', 'a', 'm', 'h', 'f', 't', 'l', 'u'))
if not epoch or (not owner and has_passed(ends_at)) then return {0} end
local length, done, mark = redis.call('LLEN', queue), tonumber(known_done or '0'), tonumber(sent_mark or '0')
local _, _, _, inflight = struct.unpack('>I4I8BI4', limits)
local first = find(queue, length, mark + 1)
if owner then
  local unsent = math.min(length, inflight + done)
  local index, entry = find(queue, length, math.max(mark, tonumber(highest_read or '0')) + 1)
  if entry and seq_of(entry) < tonumber(first_owned or '1') then unsent = math.min(unsent, index) end
  first = math.max(first, unsent)
else
  local before = unsaid and string.match(unsaid, ':(%d+)')
  if before then first = math.max(find(queue, length, tonumber(before) + 1), math.min(first, inflight + done)) end
end
local gone = length - first
if gone > 0 then
  -- The entries that stay are counted once more: they are no more than a client may have outstanding.
  local bytes, earliest = 0, math.huge
  for from = 0, first - 1, 64 do
    local some = redis.call('LRANGE', queue, from, math.min(from + 63, first - 1))
    for i = 1, #some do
      bytes = bytes + size_of(some[i])
      if state_of(some[i]) == QUEUED then earliest = math.min(earliest, expires_of(some[i])) end
    end
  end
  if first == 0 then redis.call('DEL', queue) else redis.call('LTRIM', queue, 0, first - 1) end
  redis.call('HSET', session, 'b', int(bytes))
  redis.call('HINCRBY', session, 'k', gone)
  if earliest == math.huge then redis.call('HDEL', session, 'z') else redis.call('HSET', session, 'z', int(earliest)) end
end
return {1, gone, owner or ''}
