-- What the scripts share that make, read and end sessions.
-- The fields of a session hash:
--   e  epoch of the present attach                    o  owner: the gateway that holds the connection
--   p  principal                                      x  expiry in ms
--   n  last seq that was given                        b  bytes in the queue
--   l  queue limits and the term (seqs.lua)           k  messages dropped
--   g  messages dropped that an attach has told of    m  sent mark: seqs up to it may have been sent
--   h  highest seq read since the attach              f  first seq of the present ownership
--   t  entries in the queue that are done             z  earliest expiry of a message in the queue
--   y  there has been a shared subscription           j  ranges of seqs that were left out (seqs.lua)
--   c  epoch with which the session began, or 1 if it is clean
--   a  when the session expires                       v  when the will is due
--   r  nonce of the attach, then 1 if it resumed a session, else 0
--   i  when the attach was asked for                  +filter  a subscription
--   w  epoch of who last kept cursors in logs         ~slot filter  a cursor in the log of a filter (CursorCodec)
--   u  epoch and earlier sent mark of an owner that was displaced or is dead and has not said how far it has sent
local session, queue, inbound, seen, will, replay, due = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7]
local ended_at = KEYS[8]
local REPLAY = 120000  -- ms for which a repeated call gets the stored answer of an erasing call
local DUE = 86400000   -- ms for which a due will waits for a gateway to publish it
local NEWS = 60000     -- ms within which every gateway has heard that a session has ended
local AWAITED, HANDED = 'd', 'h'

-- Whether a moment has passed; false if there is none.
local function has_passed(moment) return moment and now >= tonumber(moment) end

-- Renews the TTL of every key of the session.
local function backstop(expiry)
  local keys = {session, queue, inbound, will}
  for i = 1, #keys do
    if expiry >= NEVER then redis.call('PERSIST', keys[i])
    else redis.call('PEXPIRE', keys[i], int(2 * expiry + MARGIN)) end
  end
end

-- The nonce of an attach, and whether that attach resumed a session ('1' or '0'), of field r.
local function nonce_of(attach) return string.sub(attach, 1, NONCE) end
local function resumed_of(attach) return string.sub(attach, NONCE + 1, NONCE + 1) end

-- Notes that the queue may have messages of a shared subscription, which other members can be given.
local function note_shared(filter)
  if string.sub(filter, 1, 7) == '$share/' then redis.call('HSET', session, 'y', 1) end
end

-- Keeps a cursor in a log by its slot and filter, or forgets it where it is over.
local function keep_cursor(name, value)
  if value == '' then redis.call('HDEL', session, '~' .. name) else redis.call('HSET', session, '~' .. name, value) end
end

-- All subscriptions that use the queue: filter, options, filter, options ... Then all cursors in logs: slot and filter, cursor ...
-- Then how many packet identifiers the queue has.
local function subscriptions()
  local all, found, cursors, identifiers = redis.call('HGETALL', session), {}, {}, ALL_IDENTIFIERS
  for i = 1, #all, 2 do
    local kind = string.byte(all[i])
    if kind == 43 then -- +
      found[#found + 1] = string.sub(all[i], 2)
      found[#found + 1] = all[i + 1]
    elseif kind == 126 then -- ~
      cursors[#cursors + 1] = string.sub(all[i], 2)
      cursors[#cursors + 1] = all[i + 1]
    elseif all[i] == CURSORS_BY then
      identifiers = QUEUE_IDENTIFIERS
    end
  end
  return found, cursors, identifiers
end

-- Ends the session. The next session of this client identifier learns the epoch, so that the gateways hear of the end before
-- the client hears of its new session.
local function erase()
  local epoch, born = unpack(redis.call('HMGET', session, 'e', 'c'))
  if epoch and born ~= '1' then redis.call('SET', ended_at, epoch, 'PX', NEWS) end
  redis.call('DEL', session, queue, inbound, seen, will)
end

-- Stores the answer of an erasing call, since subscriptions and will are gone when the answer is lost on its way. A
-- repetition of the call is known by its nonce and gets the stored answer.
local function keep(nonce, reply)
  redis.call('SET', replay, nonce .. cmsgpack.pack(reply), 'PX', REPLAY)
  return reply
end

local function replayed(nonce)
  local kept = redis.call('GET', replay)
  if kept and string.sub(kept, 1, #nonce) == nonce then return cmsgpack.unpack(string.sub(kept, #nonce + 1)) end
end

-- A stored will begins with its delay, 8 bytes of ms.
local function will_delay(blob) return struct.unpack('>I8', blob) end

-- Notes a will that is due, under the epoch of its connection, until it has been published. AWAITED: the gateway of a
-- displaced connection may still say whether the will is published. HANDED: a gateway has been given it to publish. The
-- sweep takes the will at the given time.
local function set_due(epoch, state, at, nonce, blob)
  redis.call('HSET', due, epoch, state .. struct.pack('>I8', at) .. nonce .. blob)
  redis.call('PEXPIRE', due, DUE)
end

-- Beside the wills stands until when one gateway alone gives to other members what the session has left.
local LEFT_LEASE = '*'
local function lease_left(until_ms)
  redis.call('HSET', due, LEFT_LEASE, int(until_ms))
  redis.call('PEXPIRE', due, DUE)
end

-- State, time, nonce of the attach and will, of what set_due has noted.
local function parts_of_due(value)
  return string.sub(value, 1, 1), struct.unpack('>I8', value, 2), string.sub(value, 10, 9 + NONCE), string.sub(value, 10 + NONCE)
end

-- Whether an epoch is not the session's any more, or the session has ended and waits for the sweep.
local function stale(epoch)
  local present, ends_at = unpack(redis.call('HMGET', session, 'e', 'a'))
  return present ~= epoch or has_passed(ends_at)
end
