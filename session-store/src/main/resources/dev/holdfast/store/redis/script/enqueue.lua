-- The other cases: repetitions, messages that expire, a queue that is full, a term in which no seq was given yet.
local owner, last_seq, queued_bytes, limits, expiry, sent_mark, highest_read, first_owned, known_done, earliest_expiry, unsaid =
  unpack(redis.call('HMGET', session, 'o', 'n', 'b', 'l', 'x', 'm', 'h', 'f', 't', 'z', 'u'))
local last, bytes = tonumber(last_seq or '0'), tonumber(queued_bytes or '0')
local done, earliest, dropped = tonumber(known_done or '0'), tonumber(earliest_expiry or 'inf'), 0
local max_messages, max_bytes, drop_newest, inflight = struct.unpack('>I4I8BI4', limits)
if not is_sure(limits) then
  if term_of(limits) < term then last = lifted(last) end
  redis.call('HSET', session, 'l', in_term(limits), 'n', int(last))
end
local length = redis.call('LLEN', queue)
local created, earliest_before = length == 0, earliest
local reply = {1, owner or ''}

local OVERTAKEN_FOR = 60000 -- ms for which a call that this one has overtaken may still come

-- The seq at which a message stands in the queue; 0 if it has been there; nil if it has not.
local function known(id, mode)
  if redis.call('ZSCORE', seen, id) then return 0 end
  if mode == FRESH_ONCE then return nil end
  for from = 0, length - 1, 64 do
    local some = redis.call('LRANGE', queue, from, from + 63)
    for i = 1, #some do
      if id_of(some[i]) == id then return seq_of(some[i]) end
    end
  end
end

local function has_room(size, freed, freed_bytes)
  return length - done - freed < max_messages and bytes - freed_bytes + size <= max_bytes
end

-- The index of the first entry that may give way. An entry that may have been sent may not, since its packet identifier is in
-- use. Offline, all entries above the sent mark may. Online, those may that the owner has not read though they were there when
-- it came, and those that lie behind the client's Receive Maximum, counted in entries that are not done: done ones were sent.
local function first_droppable()
  local mark = tonumber(sent_mark or '0')
  local sent = find(queue, length, mark + 1)
  if not owner then
    -- Of the entries that a dead owner may have sent, it has sent no more than its client takes, but for those whose
    -- acknowledgements were on their way.
    local before = unsaid and string.match(unsaid, ':(%d+)')
    if not before then return sent end
    return math.max(find(queue, length, tonumber(before) + 1), math.min(sent, inflight + done))
  end
  local unsent = math.min(length, inflight + done)
  local index, entry = find(queue, length, math.max(mark, tonumber(highest_read or '0')) + 1)
  if entry and seq_of(entry) < tonumber(first_owned or '1') then unsent = math.min(unsent, index) end
  return math.max(sent, unsent)
end

local function take_out(index, count)
  if index == 0 then
    redis.call('LPOP', queue, count)
  else
    for i = index, index + count - 1 do redis.call('LSET', queue, i, '') end
    redis.call('LREM', queue, count, '')
  end
  length = length - count
end

local function remove_expired()
  local from = first_droppable()
  earliest = math.huge
  local index = from
  while index < length do
    local entry = redis.call('LINDEX', queue, index)
    local expires = expires_of(entry)
    if expires <= now and state_of(entry) == QUEUED then
      bytes = bytes - size_of(entry)
      take_out(index, 1)
    else
      earliest = math.min(earliest, expires)
      index = index + 1
    end
  end
end

-- Makes room for an entry of a size. Answers how many entries gave way; nil if the new one has to give way.
local function make_room(size)
  if has_room(size, 0, 0) then return 0 end
  -- This write fails if Redis is out of memory, before any entry is taken out.
  redis.call('HSET', session, 'n', int(last))
  if earliest <= now then remove_expired() end
  if has_room(size, 0, 0) then return 0 end
  if drop_newest == 1 or size > max_bytes then return nil end
  local first, count, freed = first_droppable(), 0, 0
  while not has_room(size, count, freed) do
    if first + count >= length then return nil end
    freed = freed + size_of(redis.call('LINDEX', queue, first + count))
    count = count + 1
  end
  take_out(first, count)
  bytes = bytes - freed
  return count
end

-- This write fails if an operator has taken the right away, before any entry is appended.
redis.call('HSET', session, 'n', int(last))
for i = 3, #ARGV, 2 do
  local mode, entry = ARGV[i], ARGV[i + 1]
  local found = mode ~= FRESH and known(string.sub(entry, 4, 19), mode)
  if found then
    -- A repetition of this gateway that finds the entry of its earlier sending answers as that one would have.
    local own = mode == WE_REPEAT and found > 0
    reply[#reply + 1] = own and STORED or REPEATED
    reply[#reply + 1] = own and int(found) or '0'
    reply[#reply + 1] = 0
  else
    local high, low = string.byte(entry, 2, 3)
    local size = #entry + 6 - (high * 256 + low) % 32768
    local lost = make_room(size)
    if lost then
      last = last + 1
      redis.call('RPUSH', queue, struct.pack('>I6', last) .. entry)
      length = length + 1
      bytes = bytes + size
      if mode == CALLER_REPEATS and string.byte(entry, 1) % 4 == 2 then
        redis.call('ZADD', seen, now, string.sub(entry, 4, 19))
        if redis.call('PTTL', seen) < OVERTAKEN_FOR then redis.call('PEXPIRE', seen, OVERTAKEN_FOR) end
      end
      if high >= 128 then earliest = math.min(earliest, (struct.unpack('>I6', entry, 26))) end
      reply[#reply + 1] = STORED
      reply[#reply + 1] = int(last)
      reply[#reply + 1] = lost
      dropped = dropped + lost
    else
      reply[#reply + 1] = DROPPED
      reply[#reply + 1] = '0'
      reply[#reply + 1] = 1
      dropped = dropped + 1
    end
  end
end
redis.call('HSET', session, 'n', int(last), 'b', int(bytes))
if dropped > 0 then redis.call('HINCRBY', session, 'k', dropped) end
if earliest ~= earliest_before then
  if earliest == math.huge then redis.call('HDEL', session, 'z') else redis.call('HSET', session, 'z', int(earliest)) end
end
expiry = tonumber(expiry)
if created and length > 0 and expiry < NEVER then redis.call('PEXPIRE', queue, int(2 * expiry + MARGIN)) end
return reply
