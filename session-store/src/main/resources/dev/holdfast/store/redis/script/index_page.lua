-- Client ids of a shard. KEYS: index shard. ARGV: head, cursor, count, pattern or ''. Answers 1, next cursor, and one string with the
-- client ids, each behind its length (2 bytes), since each item of an answer costs the reader.
local page
if ARGV[4] == '' then page = redis.call('ZSCAN', KEYS[1], ARGV[2], 'COUNT', ARGV[3])
else page = redis.call('ZSCAN', KEYS[1], ARGV[2], 'MATCH', ARGV[4], 'COUNT', ARGV[3]) end
local found = {}
for i = 1, #page[2], 2 do found[#found + 1] = struct.pack('>I2', #page[2][i]) .. page[2][i] end
return {1, page[1], table.concat(found)}
