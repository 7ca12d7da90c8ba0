/// A client's bytes, in the fuzzer's chunks: the same events as in one piece, and none that breaks the rules.

#include "FuzzSupport.h"

#include "transport/WebSocketFrames.h"

#include <QList>

#include <simdjson.h>

using namespace concierge;
using namespace concierge::transport;

namespace {

constexpr qint64 maxPayload = 1'000;

void read(FrameReader &reader, QByteArray bytes, QList<FrameEvent> &events)
{
    std::span<char> rest(bytes.data(), static_cast<std::size_t>(bytes.size()));
    for (;;) {
        const std::size_t before = rest.size();
        FrameEvent event = reader.read(rest);
        FUZZ_CHECK(rest.size() <= before);
        if (event.kind == FrameEvent::Kind::NeedMore)
            return;
        events.append(std::move(event));
    }
}

void check(const FrameEvent &event, bool isLast)
{
    const QByteArray &data = event.frame.data;
    const bool isText = event.frame.kind == FrameKind::Text;
    FUZZ_CHECK(data.size() <= (event.kind == FrameEvent::Kind::Message ? maxPayload : 125));
    FUZZ_CHECK(!isText || simdjson::validate_utf8(data.constData(), static_cast<std::size_t>(data.size())));
    const bool ends = event.kind == FrameEvent::Kind::Close || event.kind == FrameEvent::Kind::Error;
    FUZZ_CHECK(!ends || isLast);
    FUZZ_CHECK(event.kind != FrameEvent::Kind::Error || event.code == 1002 || event.code == 1007 ||
               event.code == 1009);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    QByteArray whole;
    QList<FrameEvent> inChunks;
    FrameReader reader(maxPayload);
    for (fuzz::Chunks chunks(data, size); !chunks.atEnd();) {
        const QByteArray bytes = chunks.next().bytes.toByteArray();
        whole += bytes;
        read(reader, bytes, inChunks);
    }
    QList<FrameEvent> atOnce;
    FrameReader second(maxPayload);
    read(second, whole, atOnce);
    FUZZ_CHECK(atOnce == inChunks);
    for (const FrameEvent &event : atOnce)
        check(event, &event == &atOnce.last());
    return 0;
}
