-- The format of what is kept under the prefix. KEYS: the format. ARGV: head, the caller's format, which is noted if none is.
local kept = redis.call('GET', KEYS[1])
if not kept then
  kept = ARGV[2]
  redis.call('SET', KEYS[1], kept)
end
return {1, kept}
