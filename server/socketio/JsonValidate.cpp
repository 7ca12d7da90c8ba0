#include "socketio/Json.h"
#include "socketio/JsonScan.h"

#include <QVarLengthArray>

#include <simdjson.h>

#include <algorithm>

namespace concierge::json {

using namespace detail;

namespace {

/// RFC 8259's grammar as a state machine; the open containers are bits on a stack that grows.
class Scanner
{
public:
    Scanner(QByteArrayView text, int maxDepth, std::vector<QByteArrayView> *elementSpans)
        : m_at(text.data())
        , m_end(text.data() + text.size())
        , m_maxDepth(maxDepth)
        , m_elementSpans(elementSpans)
    {}

    Result<QByteArrayView, Error> run()
    {
        m_at = skipSpace(m_at, m_end);
        const char *begin = m_at;
        Expect expect = Expect::Value;
        while (expect != Expect::Nothing) {
            m_at = skipSpace(m_at, m_end);
            if (m_at == m_end)
                return Error::Syntax;
            expect = step(expect);
            if (expect == Expect::Failed)
                return m_error;
        }
        const QByteArrayView value(begin, m_at);
        return skipSpace(m_at, m_end) == m_end ? Result<QByteArrayView, Error>(value) : Error::Syntax;
    }

    int depth() const noexcept { return m_deepest; }

private:
    static constexpr std::size_t usualElements = 4; // an event's name and a few arguments

    enum class Expect : quint8 { Value, ElementOrEnd, KeyOrEnd, Key, CommaOrEnd, Nothing, Failed };

    Expect step(Expect expect)
    {
        switch (expect) {
        case Expect::ElementOrEnd:
            return *m_at == ']' ? close() : value();
        case Expect::KeyOrEnd:
            return *m_at == '}' ? close() : key();
        case Expect::Key:
            return key();
        case Expect::CommaOrEnd:
            return commaOrEnd();
        default:
            return value();
        }
    }

    Expect value()
    {
        if (isElement())
            m_elementBegin = m_at;
        switch (*m_at) {
        case '{':
            return open(true);
        case '[':
            return open(false);
        case '"':
            return string() ? finished() : Expect::Failed;
        case 't':
            return literal("true");
        case 'f':
            return literal("false");
        case 'n':
            return literal("null");
        default:
            return number() ? finished() : Expect::Failed;
        }
    }

    Expect key()
    {
        if (*m_at != '"' || !string())
            return Expect::Failed;
        m_at = skipSpace(m_at, m_end);
        if (m_at == m_end || *m_at != ':')
            return Expect::Failed;
        ++m_at;
        return Expect::Value;
    }

    Expect commaOrEnd()
    {
        const char c = *m_at;
        if (c == ',') {
            ++m_at;
            return inObject() ? Expect::Key : Expect::Value;
        }
        return c == (inObject() ? '}' : ']') ? close() : Expect::Failed;
    }

    Expect open(bool isObject)
    {
        if (m_depth == m_maxDepth) {
            m_error = Error::TooDeep;
            return Expect::Failed;
        }
        const quint64 bit = quint64(1) << (m_depth % 64);
        if (m_depth / 64 == m_isObject.size())
            m_isObject.append(0);
        quint64 &word = m_isObject[m_depth / 64];
        word = isObject ? word | bit : word & ~bit;
        ++m_depth;
        m_deepest = std::max(m_deepest, m_depth);
        ++m_at;
        return isObject ? Expect::KeyOrEnd : Expect::ElementOrEnd;
    }

    Expect close()
    {
        ++m_at;
        --m_depth;
        return finished();
    }

    Expect finished()
    {
        if (isElement()) {
            if (m_elementSpans->empty())
                m_elementSpans->reserve(usualElements);
            m_elementSpans->emplace_back(m_elementBegin, m_at);
        }
        return m_depth == 0 ? Expect::Nothing : Expect::CommaOrEnd;
    }

    Expect literal(std::string_view word)
    {
        const auto size = static_cast<qsizetype>(word.size());
        if (m_end - m_at < size || std::memcmp(m_at, word.data(), word.size()) != 0)
            return Expect::Failed;
        m_at += size;
        return finished();
    }

    bool string()
    {
        ++m_at;
        for (;;) {
            m_at = findSpecial(m_at, m_end);
            if (m_at == m_end)
                return false;
            if (*m_at == '"') {
                ++m_at;
                return true;
            }
            if (*m_at != '\\' || !escape())
                return false;
        }
    }

    bool escape()
    {
        ++m_at;
        if (m_at == m_end)
            return false;
        const char c = *m_at++;
        if (c != 'u')
            return c == '"' || c == '\\' || c == '/' || c == 'b' || c == 'f' || c == 'n' || c == 'r' ||
                   c == 't';
        for (int i = 0; i < 4; ++i, ++m_at) {
            if (m_at == m_end || hexValue(*m_at) < 0)
                return false;
        }
        return true;
    }

    bool number()
    {
        if (*m_at == '-')
            ++m_at;
        if (m_at != m_end && *m_at == '0')
            ++m_at;
        else if (!digits())
            return false;
        if (m_at != m_end && *m_at == '.') {
            ++m_at;
            if (!digits())
                return false;
        }
        if (m_at != m_end && (*m_at == 'e' || *m_at == 'E')) {
            ++m_at;
            if (m_at != m_end && (*m_at == '+' || *m_at == '-'))
                ++m_at;
            return digits();
        }
        return true;
    }

    bool digits()
    {
        const char *begin = m_at;
        while (m_at != m_end && *m_at >= '0' && *m_at <= '9')
            ++m_at;
        return m_at != begin;
    }

    bool inObject() const { return isObjectAt(m_depth - 1); }
    bool isObjectAt(int depth) const { return (m_isObject[depth / 64] >> (depth % 64)) & 1; }
    bool isElement() const { return m_elementSpans && m_depth == 1 && !isObjectAt(0); }

    const char *m_at;
    const char *m_end;
    const char *m_elementBegin = nullptr;
    int m_depth = 0;
    int m_deepest = 0;
    const int m_maxDepth;
    Error m_error = Error::Syntax;
    std::vector<QByteArrayView> *m_elementSpans;
    QVarLengthArray<quint64, 16> m_isObject; // 1,024 levels without an allocation
};

} // namespace

Result<QByteArrayView, Error> validate(QByteArrayView text, int maxDepth,
                                       std::vector<QByteArrayView> *elementSpans, int *depth)
{
    Q_ASSERT(maxDepth >= 0 && maxDepth <= deepest);
    if (text.isEmpty())
        return Error::Syntax;
    if (!simdjson::validate_utf8(text.data(), static_cast<std::size_t>(text.size())))
        return Error::InvalidUtf8;
    Scanner scanner(text, maxDepth, elementSpans);
    auto value = scanner.run();
    if (depth)
        *depth = scanner.depth();
    return value;
}

} // namespace concierge::json
