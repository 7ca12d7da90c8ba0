#pragma once

#include "redis/Reply.h"

#include <memory>

struct redisReader;
struct redisReadTask;

namespace concierge::redis {

/// Takes a byte stream apart into replies, by hiredis' redisReader, which builds our tree at once. Bytes may
/// be cut anywhere. Memory: the tree and the bytes of one element, within the limits. Thread: one.
class ReplyReader
{
public:
    enum class Step : quint8 {
        Reply,    ///< reply() is the next one
        NeedMore, ///< feed() first
        Garbage   ///< not RESP2, or beyond the limits: for good
    };
    /// What feed() is best given at a time: hiredis moves what it has left over behind every reply.
    static constexpr qsizetype chunkBytes = 16'384;

    explicit ReplyReader(ReplyLimits limits = {});
    ~ReplyReader();
    ReplyReader(const ReplyReader &) = delete;
    ReplyReader &operator=(const ReplyReader &) = delete;

    void feed(QByteArrayView bytes);
    [[nodiscard]] Step next();
    /// What next() found; until it is called again. It may be moved from; what is left there lends its memory
    /// to the next one.
    Reply &reply() noexcept { return m_reply; }

private:
    struct Builder;
    struct ReaderDeleter
    {
        void operator()(redisReader *reader) const;
    };

    bool isWaitingWithinLimits() const;

    const ReplyLimits m_limits;
    std::unique_ptr<redisReader, ReaderDeleter> m_reader;
    Reply m_reply;
    qsizetype m_elements = 0; // of m_reply so far
    qsizetype m_bytes = 0;
};

} // namespace concierge::redis
