#include "cluster/Msgpack.h"
#include "cluster/Utf8.h"
#include "shared/ByteBuilder.h"
#include "shared/Limits.h"
#include "socketio/Json.h"

#include <QDate>
#include <QLocale>
#include <QtEndian>

#include <msgpack/null_visitor.hpp>
#include <msgpack/unpack.hpp>

#include <charconv>
#include <cmath>
#include <cstdio>
#include <optional>

namespace concierge::cluster {

namespace {

constexpr qint64 msPerDay = 86'400'000;
constexpr qint64 dateMaxMs = 8'640'000'000'000'000; // of a JavaScript Date: a hundred million days

/// Milliseconds since 1970 of seconds and nanoseconds; a part of a millisecond is cut off towards 1970, as a
/// JavaScript Date does.
std::optional<qint64> toMilliseconds(qint64 seconds, quint32 nanoseconds)
{
    if (seconds > dateMaxMs / 1000 || seconds < -dateMaxMs / 1000 - 1)
        return std::nullopt;
    const qint64 floor = seconds * 1000 + nanoseconds / 1'000'000;
    return floor < 0 && nanoseconds % 1'000'000 != 0 ? floor + 1 : floor;
}

/// Date.prototype.toISOString() in quotes. Source: ECMAScript, "Date Time String Format".
QByteArray isoText(qint64 ms)
{
    const qint64 days = ms >= 0 ? ms / msPerDay : -((-ms + msPerDay - 1) / msPerDay);
    const auto time = static_cast<int>(ms - days * msPerDay);
    const QDate date = QDate(1970, 1, 1).addDays(days);
    const int year = date.year() < 0 ? date.year() + 1 : date.year(); // Qt has no year 0
    char text[40];
    const char *format = year >= 0 && year <= 9999 ? "\"%04d-%02d-%02dT%02d:%02d:%02d.%03dZ\""
                                                   : "\"%+07d-%02d-%02dT%02d:%02d:%02d.%03dZ\"";
    const int size = std::snprintf(text, sizeof text, format, year, date.month(), date.day(),
                                   time / 3'600'000, time / 60'000 % 60, time / 1000 % 60, time % 1000);
    return QByteArray(text, size);
}

/// Writes JSON while msgpack-cxx goes through the bytes; false ends that. Its stack is on the heap and grows
/// by what this allows.
class JsonWriter : public msgpack::null_visitor
{
public:
    explicit JsonWriter(QByteArrayView source)
        : m_source(source)
        , m_out(source.size() + source.size() / 4 + 64)
    {}

    std::optional<DecodeError> error() const { return m_error; }
    JsonValue take() { return {m_out.take(), std::move(m_attachments)}; }

    bool visit_nil() { return plain("null"); }
    bool visit_boolean(bool value) { return plain(value ? "true" : "false"); }
    bool visit_positive_integer(uint64_t value) { return integer(value); }
    bool visit_negative_integer(int64_t value) { return integer(value); }
    bool visit_float32(float value) { return number(static_cast<double>(value)); }
    bool visit_float64(double value) { return number(value); }
    bool visit_str(const char *data, uint32_t size)
    {
        QByteArray storage;
        json::appendQuoted(m_out, validUtf8(QByteArrayView(data, qsizetype(size)), storage));
        return true;
    }
    bool visit_bin(const char *data, uint32_t size)
    {
        return isNoKey() && attachment(QByteArrayView(data, qsizetype(size)));
    }
    bool visit_ext(const char *data, uint32_t size);

    bool start_array(uint32_t count) { return start('[', count); }
    bool start_array_item() { return separate(); }
    bool end_array() { return end(']'); }
    bool start_map(uint32_t count) { return start('{', count); }
    bool start_map_key()
    {
        m_isKey = true;
        return separate();
    }
    bool end_map_key()
    {
        m_isKey = false;
        m_out += ':';
        return true;
    }
    bool end_map() { return end('}'); }

    void insufficient_bytes(size_t, size_t) { fail(DecodeError::Truncated); }

private:
    bool fail(DecodeError error)
    {
        m_error = error;
        return false;
    }
    bool isNoKey() { return !m_isKey || fail(DecodeError::BadKey); }

    bool start(char bracket, uint32_t count)
    {
        if (!isNoKey())
            return false;
        if (++m_depth > messageMaxDepth)
            return fail(DecodeError::TooDeep);
        if (count > m_source.size())
            return fail(DecodeError::Truncated); // known without making room for them
        m_out += bracket;
        m_isFirst = true;
        return true;
    }
    bool end(char bracket)
    {
        --m_depth;
        m_out += bracket;
        m_isFirst = false;
        return true;
    }
    bool separate()
    {
        if (!std::exchange(m_isFirst, false))
            m_out += ',';
        return true;
    }

    bool plain(QByteArrayView text)
    {
        if (!isNoKey())
            return false;
        m_out += text;
        return true;
    }
    template <class Integer>
    bool integer(Integer value)
    {
        char digits[24];
        const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
        return plain(QByteArrayView(digits, end));
    }
    bool number(double value)
    {
        if (!std::isfinite(value))
            return plain("null");
        // A whole number as such, and -0 without its sign, as JavaScript writes them.
        if (std::trunc(value) == value && value >= 0 && value < 0x1p64)
            return integer(static_cast<quint64>(value));
        if (std::trunc(value) == value && value < 0 && value >= -0x1p63)
            return integer(static_cast<qint64>(value));
        return plain(QByteArray::number(value, 'g', QLocale::FloatingPointShortest));
    }
    bool attachment(QByteArrayView bytes)
    {
        if (m_attachments.size() == limits::maxAttachments)
            return fail(DecodeError::TooManyAttachments);
        m_out += "{\"_placeholder\":true,\"num\":";
        m_out += QByteArray::number(m_attachments.size());
        m_out += '}';
        m_attachments.append(bytes.toByteArray());
        return true;
    }
    bool date(std::optional<qint64> ms)
    {
        return plain(ms && std::abs(*ms) <= dateMaxMs ? isoText(*ms) : QByteArrayLiteral("null"));
    }
    bool timestamp(QByteArrayView body);
    bool oldExtension(QByteArrayView body, bool isFixed);

    const QByteArrayView m_source;
    ByteBuilder m_out;
    QList<QByteArray> m_attachments;
    std::optional<DecodeError> m_error;
    int m_depth = 0;
    bool m_isFirst = true; // nothing is before the next element
    bool m_isKey = false;
};

/// Source: MessagePack specification, "Timestamp extension type".
bool JsonWriter::timestamp(QByteArrayView body)
{
    const auto *at = reinterpret_cast<const uchar *>(body.data());
    if (body.size() == 4)
        return date(toMilliseconds(qFromBigEndian<quint32>(at), 0));
    if (body.size() == 8) {
        const auto both = qFromBigEndian<quint64>(at);
        return date(
            toMilliseconds(static_cast<qint64>(both & 0x3'FFFF'FFFF), static_cast<quint32>(both >> 34)));
    }
    if (body.size() == 12)
        return date(toMilliseconds(qFromBigEndian<qint64>(at + 4), qFromBigEndian<quint32>(at)));
    return fail(DecodeError::BadByte);
}

/// What notepack wrote before version 3, and still reads.
bool JsonWriter::oldExtension(QByteArrayView body, bool isFixed)
{
    if (!isFixed)
        return attachment(body); // an ArrayBuffer
    if (body.size() == 1)
        return plain("null"); // undefined
    const auto ms = qFromBigEndian<qint64>(reinterpret_cast<const uchar *>(body.data()));
    return date(ms >= -dateMaxMs && ms <= dateMaxMs ? std::optional(ms) : std::nullopt);
}

bool JsonWriter::visit_ext(const char *data, uint32_t size)
{
    if (!isNoKey())
        return false;
    const auto type = static_cast<qint8>(*data);
    const QByteArrayView body(data + 1, qsizetype(size) - 1);
    // The byte before says which of the two notations this is: 0xD4 to 0xD8, or the length of `body`.
    const auto head = static_cast<uchar>(data[-1]);
    const bool isFixed = head >= 0xD4 && head <= 0xD8 && body.size() == qsizetype(1) << (head - 0xD4);
    if (type == -1 && (!isFixed || body.size() == 4 || body.size() == 8))
        return timestamp(body);
    if (type == 0 && (!isFixed || body.size() == 1 || body.size() == 8))
        return oldExtension(body, isFixed);
    m_out += '[';
    m_out += QByteArray::number(type);
    m_out += ',';
    if (!attachment(body))
        return false;
    m_out += ']';
    return true;
}

} // namespace

Result<JsonValue, DecodeError> fromMsgpack(QByteArrayView msgpack)
{
    if (msgpack.isEmpty())
        return DecodeError::Empty;
    if (msgpack.size() > messageMaxBytes)
        return DecodeError::TooLarge;
    JsonWriter writer(msgpack);
    std::size_t end = 0;
    bool isValue = false;
    try {
        isValue = msgpack::parse(msgpack.data(), static_cast<std::size_t>(msgpack.size()), end, writer);
    } catch (const msgpack::unpack_error &) { // of 32-bit builds: an extension that fills the address space
        return DecodeError::TooLarge;
    }
    if (const auto error = writer.error())
        return *error;
    if (!isValue)
        return DecodeError::BadByte;
    if (end < static_cast<std::size_t>(msgpack.size()))
        return DecodeError::TrailingBytes;
    return writer.take();
}

} // namespace concierge::cluster
