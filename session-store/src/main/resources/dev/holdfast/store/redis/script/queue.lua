-- An entry of the queue: 6 bytes seq, 1 flags (bits 0 and 1: QoS, 3 and 4: state), 2 header length (bit 15: the header has an
-- expiry time), 16 message id, ..., body. MessageCodec writes all but the seq. Entries stand in the order of seq; a seq may
-- be missing where the drop policy has taken the entry.
local function seq_of(entry) return (struct.unpack('>I6', entry)) end
local function state_of(entry) return math.floor(string.byte(entry, 7) / 8) % 4 end
local function qos_of(entry) return string.byte(entry, 7) % 4 end
local function id_of(entry) return string.sub(entry, 10, 25) end
local function size_of(entry)
  local high, low = string.byte(entry, 8, 9)
  return #entry - (high * 256 + low) % 32768
end
-- When the message expires; infinite if never.
local function expires_of(entry)
  if string.byte(entry, 8) < 128 then return math.huge end
  return (struct.unpack('>I6', entry, 32))
end
-- The same entry without its body, in another state.
local function bare(entry, state)
  local flags = string.byte(entry, 7)
  return string.sub(entry, 1, 6) .. string.char(flags - state_of(entry) * 8 + state * 8) .. '\0\25' .. id_of(entry)
end
-- The lowest index whose seq is not below the one asked for, and its entry; the length and nil beyond the end. The first guess
-- is that no seq is missing in front of it, the second that none is missing behind it; then the range is halved.
local function find(queue, length, seq)
  if length == 0 then return 0 end
  local head = redis.call('LINDEX', queue, 0)
  local first = seq_of(head)
  if seq <= first then return 0, head end
  local high = seq - first
  if high < length then
    local entry = redis.call('LINDEX', queue, high)
    if seq_of(entry) == seq then return high, entry end
  else
    high = length - 1
  end
  local behind = seq_of(redis.call('LINDEX', queue, -1)) - seq
  if behind < 0 then return length end
  if behind < length then
    local entry = redis.call('LINDEX', queue, length - 1 - behind)
    if seq_of(entry) == seq then return length - 1 - behind, entry end
  end
  local low = 0
  while low < high do
    local middle = math.floor((low + high) / 2)
    if seq_of(redis.call('LINDEX', queue, middle)) < seq then low = middle + 1 else high = middle end
  end
  return low, redis.call('LINDEX', queue, low)
end
-- The ids of QoS 2 messages outlive the messages for the dedupe window. Their key lives two hours longer, since Redis' clock may
-- step.
local function remember(seen, ids, now, window)
  if #ids == 0 then return end
  for from = 1, #ids, 64 do
    local members = {}
    for i = from, math.min(from + 63, #ids) do
      members[#members + 1] = now
      members[#members + 1] = ids[i]
    end
    redis.call('ZADD', seen, unpack(members))
  end
  redis.call('ZREMRANGEBYSCORE', seen, '-inf', now - window)
  redis.call('PEXPIRE', seen, window + 7200000)
end
