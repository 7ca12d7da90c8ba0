/// What a client sends on a new connection, request behind request, in the fuzzer's chunks: the same requests
/// as in one piece, none beyond its limits, and none whose end two readers could see in different places.

#include "FuzzSupport.h"

#include "shared/Limits.h"
#include "transport/RequestParser.h"
#include "transport/WebSocketHandshake.h"

#include <QList>

#include <algorithm>

using namespace concierge;
using namespace concierge::transport;

namespace {

constexpr qint64 maxBody = 1'000;

struct Read
{
    ParseStatus status = ParseStatus::NeedMore;
    QByteArray method;
    QByteArray target;
    HeaderList headers;
    QByteArray body;
    bool keepsAlive = false;

    friend bool operator==(const Read &, const Read &) = default;
};

qsizetype count(const HeaderList &headers, QByteArrayView name)
{
    return std::count_if(headers.begin(), headers.end(), [name](const auto &header) {
        return name.compare(header.first, Qt::CaseInsensitive) == 0;
    });
}

bool isToken(QByteArrayView text)
{
    return !text.isEmpty() && std::all_of(text.begin(), text.end(), [](char c) {
        return c > ' ' && c < 0x7F && !QByteArrayView("\"(),/:;<=>?@[\\]{}").contains(c);
    });
}

/// Nothing in it ends a line, for those behind that write it into one.
bool isLine(QByteArrayView text)
{
    return std::none_of(text.begin(), text.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

void checkHead(const RequestParser &parser)
{
    const HttpRequest request = parser.head();
    FUZZ_CHECK(isToken(request.method) && isLine(request.target) && !request.target.contains(' '));
    for (const auto &[name, value] : request.headers)
        FUZZ_CHECK(isToken(name) && isLine(value));
    // RFC 9112, 6: one way to know where the body ends.
    FUZZ_CHECK(count(request.headers, "host") <= 1);
    FUZZ_CHECK(count(request.headers, "content-length") + count(request.headers, "transfer-encoding") <= 1);
    if (!parser.isWebSocketUpgrade() || refuseHandshake(request))
        return;
    const QByteArray answer = acceptHandshake(request);
    FUZZ_CHECK(answer.indexOf("\r\n\r\n") == answer.size() - 4);
}

/// One connection, as HttpConnection reads it: what is not taken waits in the socket.
class Connection
{
public:
    void receive(QByteArrayView bytes)
    {
        m_waiting.append(bytes);
        while (!m_isOver && step()) {
        }
    }
    const QList<Read> &requests() const { return m_requests; }

private:
    bool step()
    {
        constexpr auto headMax = static_cast<qsizetype>(limits::headMaxBytes);
        const bool wasHeadDone = m_parser->isHeadDone();
        const QByteArray bytes = wasHeadDone ? m_waiting : m_waiting.left(headMax);
        if (bytes.isEmpty())
            return false;
        const std::vector<char> exact(bytes.begin(), bytes.end()); // a sanitizer sees a read beyond it
        const auto fed = m_parser->feed(QByteArrayView(exact.data(), bytes.size()));
        FUZZ_CHECK(fed.consumed >= 0 && fed.consumed <= bytes.size());
        FUZZ_CHECK(fed.status != ParseStatus::NeedMore || m_parser->isHeadDone() || bytes.size() < headMax);
        if (fed.status == ParseStatus::NeedMore && !m_parser->isHeadDone())
            return false;
        const bool isGood = fed.status == ParseStatus::NeedMore || fed.status == ParseStatus::Done;
        if (isGood && !wasHeadDone)
            checkHead(*m_parser);
        m_waiting.remove(0, fed.consumed);
        if (fed.status == ParseStatus::NeedMore)
            return fed.consumed > 0;
        finish(fed.status);
        return !m_isOver;
    }
    void finish(ParseStatus status)
    {
        m_requests.append(Read{status, {}, {}, {}, {}, false});
        m_isOver = status != ParseStatus::Done;
        if (m_isOver)
            return;
        const HttpRequest request = m_parser->head();
        m_requests.last() = {status,          request.method,       request.target,
                             request.headers, m_parser->takeBody(), m_parser->keepsAlive()};
        FUZZ_CHECK(m_requests.last().body.size() <= maxBody);
        m_isOver = !m_parser->keepsAlive() || m_parser->isWebSocketUpgrade();
        m_parser = std::make_unique<RequestParser>(maxBody);
    }

    std::unique_ptr<RequestParser> m_parser = std::make_unique<RequestParser>(maxBody);
    QByteArray m_waiting;
    QList<Read> m_requests;
    bool m_isOver = false;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    QByteArray whole;
    Connection inChunks;
    for (fuzz::Chunks chunks(data, size); !chunks.atEnd();) {
        const QByteArray bytes = chunks.next().bytes.toByteArray();
        whole += bytes;
        inChunks.receive(bytes);
    }
    Connection atOnce;
    atOnce.receive(whole);
    FUZZ_CHECK(atOnce.requests() == inChunks.requests());
    return 0;
}
