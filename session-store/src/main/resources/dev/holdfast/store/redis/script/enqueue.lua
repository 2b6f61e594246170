-- The other cases: repetitions, messages that expire, a queue that is full.
local f = redis.call('HMGET', session, 'e', 'o', 'n', 'b', 'l', 'x', 'm', 'a', 'h', 'f', 't', 'z', 'u')
local last, bytes = tonumber(f[3] or '0'), tonumber(f[4] or '0')
local done, earliest, dropped = tonumber(f[11] or '0'), tonumber(f[12] or 'inf'), 0
local max_messages, max_bytes, drop_newest, inflight = struct.unpack('>I4I8BI4', f[5])
local known_in = term_of(f[5])
if not is_sure(f[5]) then
  if known_in < term then last = lifted(last) end
  redis.call('HSET', session, 'l', in_term(f[5]), 'n', int(last))
end
local length = redis.call('LLEN', queue)
local created, earliest_before = length == 0, earliest
local reply = {1, f[2] or ''}

local LATE = 60000 -- ms for which a call that this one has overtaken may still come

local function known(id, mode)
  if redis.call('ZSCORE', seen, id) then return 0 end
  if mode == '3' then return nil end
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

-- The first entry that may go: none that may have been sent, since its packet identifier is in use. Offline that is
-- all above the sent mark; online, what its owner has not read yet although it was there when the owner came, and what
-- lies behind the client's Receive Maximum of what is owed: all that is done was sent.
local function first_droppable()
  local mark = tonumber(f[7] or '0')
  local sent = find(queue, length, mark + 1)
  if not f[2] then
    -- Of what a dead owner may have sent it has not sent more than its client takes, but for acknowledgements on their way.
    local before = f[13] and string.match(f[13], ':(%d+)')
    if not before then return sent end
    return math.max(find(queue, length, tonumber(before) + 1), math.min(sent, inflight + done))
  end
  local unsent = math.min(length, inflight + done)
  local index, entry = find(queue, length, math.max(mark, tonumber(f[9] or '0')) + 1)
  if entry and seq_of(entry) < tonumber(f[10] or '1') then unsent = math.min(unsent, index) end
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
    if expires <= now and state_of(entry) == 0 then
      bytes = bytes - size_of(entry)
      take_out(index, 1)
    else
      earliest = math.min(earliest, expires)
      index = index + 1
    end
  end
end

-- Answers how many gave way, or nothing if the new one has to.
local function make_room(size)
  if has_room(size, 0, 0) then return 0 end
  -- Fails where Redis is out of memory, before anything is taken away.
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

-- Fails where the right to it has been taken away, before anything is appended.
redis.call('HSET', session, 'n', int(last))
for i = 3, #ARGV, 2 do
  local mode, entry = ARGV[i], ARGV[i + 1]
  local found = mode ~= '0' and known(string.sub(entry, 4, 19), mode)
  if found then
    -- 3: repeated; a retry of ours that finds its own entry answers as the first sending would have.
    local own = mode == '2' and found > 0
    reply[#reply + 1] = own and 1 or 3
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
      if mode == '1' and string.byte(entry, 1) % 4 == 2 then
        redis.call('ZADD', seen, now, string.sub(entry, 4, 19))
        if redis.call('PTTL', seen) < LATE then redis.call('PEXPIRE', seen, LATE) end
      end
      if high >= 128 then earliest = math.min(earliest, (struct.unpack('>I6', entry, 26))) end
      reply[#reply + 1] = 1
      reply[#reply + 1] = int(last)
      reply[#reply + 1] = lost
      dropped = dropped + lost
    else
      reply[#reply + 1] = 2
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
local expiry = tonumber(f[6])
if created and length > 0 and expiry < 4294967295000 then redis.call('PEXPIRE', queue, int(2 * expiry + MARGIN)) end
return reply
