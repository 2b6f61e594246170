-- What a session was given through shared subscriptions and has not acknowledged stays for the other members when the session
-- ends [MQTT 5.0, 4.8.2]. A QoS 2 message whose delivery may have begun does not: no other member may get it [MQTT-4.8.2-5].
local left = KEYS[9]

-- Whether an entry came through a shared subscription: then a 0 stands before its Subscription Identifiers, and 0 is none.
local function is_shared(entry)
  local high, low = string.byte(entry, 8, 9)
  local at = high >= 128 and 37 or 31
  return (high * 256 + low) % 32768 > at and string.byte(entry, at + 1) == 0
end

-- The highest seq that may have been sent. The arguments are fields of the session: owner, sent mark, highest seq read, first
-- seq of the ownership, last seq.
local function may_be_sent(owner, mark, read, first, last)
  local sent = tonumber(mark or '0')
  if not owner then return sent end
  sent = math.max(sent, tonumber(read or '0'))
  local index, unread = find(queue, redis.call('LLEN', queue), sent + 1)
  return (unread and seq_of(unread) < tonumber(first or '1')) and sent or tonumber(last or '0')
end

-- Leaves entries to the other members; called before the session is erased. Answers whether there are any: then the sweep has
-- to come.
local function leave_shared(sent)
  if redis.call('HEXISTS', session, 'y') == 0 then return false end
  for from = 0, redis.call('LLEN', queue) - 1, 64 do
    local some, stay = redis.call('LRANGE', queue, from, from + 63), {}
    for i = 1, #some do
      local entry = some[i]
      local mine = seq_of(entry) <= sent and qos_of(entry) ~= 1
      if state_of(entry) == QUEUED and not mine and is_shared(entry) and expires_of(entry) > now then
        stay[#stay + 1] = entry
      end
    end
    if #stay > 0 then redis.call('RPUSH', left, unpack(stay)) end
  end
  if redis.call('EXISTS', left) == 0 then return false end
  redis.call('PEXPIRE', left, DUE)
  return true
end
