-- What an ending session has of shared subscriptions and has not acknowledged stays for the other members [MQTT 5.0, 4.8.2].
-- What may have begun at QoS 2 does not: it is this client's alone [MQTT-4.8.2-5]. Field y of a session says that it has had
-- a shared subscription.
local left = KEYS[9]

-- Whether an entry came through one: then a 0, which no Subscription Identifier is, stands before them.
local function is_shared(entry)
  local high, low = string.byte(entry, 8, 9)
  local at = high >= 128 and 37 or 31
  return (high * 256 + low) % 32768 > at and string.byte(entry, at + 1) == 0
end

-- The highest seq that may have been sent, of owner, sent mark, highest seq read, first of the ownership, last.
local function may_be_sent(owner, mark, read, first, last)
  local sent = tonumber(mark or '0')
  if not owner then return sent end
  sent = math.max(sent, tonumber(read or '0'))
  local index, unread = find(queue, redis.call('LLEN', queue), sent + 1)
  return (unread and seq_of(unread) < tonumber(first or '1')) and sent or tonumber(last or '0')
end

-- To be called before the session is erased; answers whether anything has been left, then the sweep is to come.
local function leave_shared(sent)
  if redis.call('HEXISTS', session, 'y') == 0 then return false end
  for from = 0, redis.call('LLEN', queue) - 1, 64 do
    local some, stay = redis.call('LRANGE', queue, from, from + 63), {}
    for i = 1, #some do
      local entry = some[i]
      local mine = seq_of(entry) <= sent and qos_of(entry) ~= 1
      if state_of(entry) == 0 and not mine and is_shared(entry) and expires_of(entry) > now then
        stay[#stay + 1] = entry
      end
    end
    if #stay > 0 then redis.call('RPUSH', left, unpack(stay)) end
  end
  if redis.call('EXISTS', left) == 0 then return false end
  redis.call('PEXPIRE', left, DUE)
  return true
end
