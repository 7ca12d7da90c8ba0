#include "engineio/HandshakeStore.h"

#include <array>

namespace concierge::engineio {

using transport::HeaderList;
using transport::HttpRequest;

namespace {

constexpr qsizetype maxTexts = 1024;
constexpr qsizetype maxTextBytes = 256; // longer ones are cookies and tokens, which are nobody else's

bool isOfTheConnection(const QByteArray &name)
{
    constexpr std::array<QByteArrayView, 10> names{"connection",
                                                   "upgrade",
                                                   "keep-alive",
                                                   "te",
                                                   "transfer-encoding",
                                                   "content-length",
                                                   "sec-websocket-key",
                                                   "sec-websocket-version",
                                                   "sec-websocket-extensions",
                                                   "sec-websocket-protocol"};
    for (const QByteArrayView candidate : names) {
        if (name.compare(candidate, Qt::CaseInsensitive) == 0)
            return true;
    }
    return false;
}

} // namespace

HttpRequest HandshakeStore::keep(const HttpRequest &request)
{
    HttpRequest kept;
    kept.method = intern(request.method);
    kept.path = intern(request.path);
    kept.query = intern(request.query, false);
    kept.headers = intern(request.headers, true);
    kept.remoteAddress = request.remoteAddress;
    kept.remotePort = request.remotePort;
    kept.secure = request.secure;
    return kept;
}

HeaderList HandshakeStore::intern(const HeaderList &list, bool areHeaders)
{
    HeaderList kept;
    kept.reserve(list.size());
    for (const auto &[name, value] : list) {
        if (!areHeaders || !isOfTheConnection(name))
            kept.emplaceBack(intern(name), intern(value));
    }
    kept.squeeze();
    return kept;
}

QByteArray HandshakeStore::intern(const QByteArray &text)
{
    const auto known = m_texts.constFind(text);
    if (known != m_texts.cend())
        return *known;
    // A copy of its own: the request's text may be a part of a larger buffer.
    QByteArray own(text.constData(), text.size());
    if (own.size() > maxTextBytes)
        return own;
    // Starting over costs little, and keeps nobody from filling the set with texts that never come again.
    if (m_texts.size() == maxTexts)
        m_texts.clear();
    m_texts.insert(own);
    return own;
}

} // namespace concierge::engineio
