#include "redis/ReplyReader.h"

#include <hiredis/read.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <new>

namespace concierge::redis {

namespace {

constexpr std::size_t maxLine = 65'536;   ///< of a status, an error or a number
constexpr qsizetype maxKept = 65'536;     ///< of a string's memory, for the next one
constexpr std::size_t maxReserve = 1'024; ///< elements that room is made for because they were announced

/// hiredis has changed these structures: before 1.0 a fixed stack and `int` counts, since then a growing one,
/// `size_t`, and RESP3's types.
template <class Reader>
int typeInWork(const Reader &reader)
{
    if (reader.ridx < 0)
        return -1;
    if constexpr (requires { reader.rstack; })
        return reader.rstack[reader.ridx].type;
    else
        return reader.task[reader.ridx]->type;
}

} // namespace

/// hiredis' callbacks. A reply's place is its parent's next one; nullptr makes hiredis stop with an error.
struct ReplyReader::Builder
{
    static ReplyReader &reader(const redisReadTask *task)
    {
        return *static_cast<ReplyReader *>(task->privdata);
    }

    /// The parents' objects stay where they are until the last of their elements is done: only the innermost
    /// array grows.
    static Reply &place(const redisReadTask *task, Reply::Type type)
    {
        Reply *place = &reader(task).m_reply;
        if (task->parent) {
            auto &siblings = static_cast<Reply *>(task->parent->obj)->elements;
            const auto index = static_cast<std::size_t>(task->idx);
            if (index == siblings.size())
                siblings.emplace_back();
            place = &siblings[index];
        }
        place->type = type;
        place->integer = 0;
        if (place->bytes.capacity() > maxKept)
            place->bytes = QByteArray();
        else if (!place->bytes.isEmpty())
            place->bytes.resize(0); // keeps its memory
        if (type != Reply::Type::Array && !place->elements.empty())
            place->elements.clear();
        return *place;
    }

    static void *string(const redisReadTask *task, char *bytes, std::size_t size)
    {
        ReplyReader &self = reader(task);
        // Before anything else: hiredis adds to lengths that are near the largest number, and its sum is then
        // small, so that there are not as many bytes.
        if (size > static_cast<std::size_t>(self.m_limits.bytes - self.m_bytes))
            return nullptr;
        Reply::Type type = Reply::Type::Bulk;
        switch (task->type) {
        case REDIS_REPLY_STRING:
            if (bytes[size] != '\r' || bytes[size + 1] != '\n')
                return nullptr; // hiredis skips them unseen
            break;
        case REDIS_REPLY_STATUS:
        case REDIS_REPLY_ERROR:
            if (size > maxLine)
                return nullptr; // as if it had come in pieces
            type = task->type == REDIS_REPLY_STATUS ? Reply::Type::Status : Reply::Type::Error;
            break;
        default:
            return nullptr; // RESP3, which nobody asked for
        }
        Reply &reply = place(task, type);
        self.m_bytes += static_cast<qsizetype>(size);
        reply.bytes.append(bytes, static_cast<qsizetype>(size));
        return &reply;
    }

    template <class Count>
    static void *array(const redisReadTask *task, Count count)
    {
        ReplyReader &self = reader(task);
        const auto size = static_cast<std::size_t>(count);
        if (task->type != REDIS_REPLY_ARRAY ||
            size > static_cast<std::size_t>(self.m_limits.elements - self.m_elements))
            return nullptr;
        int depth = 1;
        for (const redisReadTask *parent = task->parent; parent; parent = parent->parent)
            ++depth;
        if (depth > self.m_limits.depth)
            return nullptr;
        Reply &reply = place(task, Reply::Type::Array);
        self.m_elements += static_cast<qsizetype>(size);
        if (reply.elements.size() > size)
            reply.elements.resize(size);
        reply.elements.reserve(std::min(size, maxReserve));
        return &reply;
    }

    static void *integer(const redisReadTask *task, long long value)
    {
        Reply &reply = place(task, Reply::Type::Integer);
        reply.integer = value;
        return &reply;
    }

    static void *nil(const redisReadTask *task) { return &place(task, Reply::Type::Nil); }

    template <class Functions>
    static Functions functions()
    {
        Functions functions{};
        functions.createString = string;
        functions.createArray = array;
        functions.createInteger = integer;
        functions.createNil = nil;
        if constexpr (requires { functions.createDouble; }) {
            functions.createDouble = [](const redisReadTask *, double, char *, std::size_t) -> void * {
                return nullptr;
            };
            functions.createBool = [](const redisReadTask *, int) -> void * { return nullptr; };
        }
        return functions; // none to free with: the tree is ours
    }
};

void ReplyReader::ReaderDeleter::operator()(redisReader *reader) const
{
    redisReaderFree(reader);
}

ReplyReader::ReplyReader(ReplyLimits limits)
    : m_limits(limits)
{
    static auto functions = Builder::functions<redisReplyObjectFunctions>();
    m_reader.reset(redisReaderCreateWithFunctions(&functions));
    Q_CHECK_PTR(m_reader.get());
    m_reader->privdata = this;
}

ReplyReader::~ReplyReader() = default;

void ReplyReader::feed(QByteArrayView bytes)
{
    redisReaderFeed(m_reader.get(), bytes.data(), static_cast<std::size_t>(bytes.size()));
}

ReplyReader::Step ReplyReader::next()
{
    if (m_reader->ridx < 0) {
        m_elements = 0;
        m_bytes = 0;
    }
    void *found = nullptr;
    if (redisReaderGetReply(m_reader.get(), &found) != REDIS_OK)
        return Step::Garbage;
    if (found)
        return Step::Reply;
    if (isWaitingWithinLimits())
        return Step::NeedMore;
    m_reader->err = REDIS_ERR_PROTOCOL;
    return Step::Garbage;
}

/// Of what has not come in full: a string's length is judged when it is announced, and a line before its end.
bool ReplyReader::isWaitingWithinLimits() const
{
    const std::size_t waiting = m_reader->len - m_reader->pos;
    if (waiting == 0)
        return true;
    const char *begin = m_reader->buf + m_reader->pos;
    const char *lineEnd = static_cast<const char *>(std::memchr(begin, '\r', std::min(waiting, maxLine + 1)));
    if (!lineEnd)
        return waiting <= maxLine;
    if (typeInWork(*m_reader) != REDIS_REPLY_STRING)
        return waiting <= maxLine + 1; // the line's end may be cut in two
    qint64 length = 0;
    const auto parsed = std::from_chars(begin, lineEnd, length);
    return parsed.ec == std::errc() && length <= m_limits.bytes - m_bytes;
}

} // namespace concierge::redis
