#include "socketio/Json.h"
#include "socketio/JsonScan.h"

#include <QVarLengthArray>

#include <simdjson.h>

#include <algorithm>

namespace concierge::json {

using namespace detail;

namespace {

/// RFC 8259's grammar in one loop; the open containers are bits on a stack that grows. Where it is and how
/// deep are locals throughout: half of the time that a scanner of members takes.
class Scanner
{
public:
    Scanner(QByteArrayView text, int maxDepth, std::vector<QByteArrayView> *elementSpans)
        : m_text(text)
        , m_end(text.data() + text.size())
        , m_maxDepth(maxDepth)
        , m_elementSpans(elementSpans)
    {}

    Result<QByteArrayView, Error> run()
    {
        const char *at = skipSpace(m_text.data(), m_end);
        const char *const begin = at;
        const char *element = nullptr;
        int depth = 0;
        bool isObject = false; // the innermost open container
        const auto isElement = [&] { return depth == 1 && m_elementSpans && !isObject; };
        for (;;) { // `at` a value, without space before it
            if (at == m_end)
                return Error::Syntax;
            if (isElement())
                element = at;
            else if (depth > 0 && !isObject && (at = skipPlainNumbers(at)) == m_end)
                return Error::Syntax;
            if (*at == '[' || *at == '{') {
                if (depth == m_maxDepth)
                    return Error::TooDeep;
                isObject = *at == '{';
                push(depth++, isObject);
                m_deepest = std::max(m_deepest, depth);
                at = skipSpace(at + 1, m_end);
                if (at == m_end)
                    return Error::Syntax;
                if (*at != closing(isObject)) {
                    if (isObject && !(at = skipKey(at)))
                        return Error::Syntax;
                    continue;
                }
                ++at;
                isObject = --depth > 0 && isObjectAt(depth - 1);
            } else if (!(at = skipScalar(at))) {
                return Error::Syntax;
            }
            for (;;) { // behind a value
                if (isElement())
                    addElement({element, at});
                const char *const behind = at;
                at = skipSpace(at, m_end);
                if (depth == 0) {
                    const QByteArrayView value(begin, behind);
                    return at == m_end ? Result<QByteArrayView, Error>(value) : Error::Syntax;
                }
                if (at == m_end)
                    return Error::Syntax;
                if (*at == ',') {
                    at = skipSpace(at + 1, m_end);
                    if (isObject && !(at = skipKey(at)))
                        return Error::Syntax;
                    break;
                }
                if (*at != closing(isObject))
                    return Error::Syntax;
                ++at;
                isObject = --depth > 0 && isObjectAt(depth - 1);
            }
        }
    }

    int depth() const noexcept { return m_deepest; }

private:
    static constexpr std::size_t usualElements = 4; // an event's name and a few arguments

    static constexpr char closing(bool isObject) noexcept { return isObject ? '}' : ']'; }
    static bool isDigit(char c) noexcept { return c >= '0' && c <= '9'; }

    void addElement(QByteArrayView element)
    {
        if (m_elementSpans->empty())
            m_elementSpans->reserve(usualElements);
        m_elementSpans->push_back(element);
    }

    void push(int depth, bool isObject)
    {
        const quint64 bit = quint64(1) << (depth % 64);
        if (depth / 64 == m_isObject.size())
            m_isObject.append(0);
        quint64 &word = m_isObject[depth / 64];
        word = isObject ? word | bit : word & ~bit;
    }
    bool isObjectAt(int depth) const { return (m_isObject[depth / 64] >> (depth % 64)) & 1; }

    /// Past whole numbers with a comma and no space behind, to the first value that is none: an array of them
    /// is the most values that a packet can have, and costs a third so.
    const char *skipPlainNumbers(const char *at) const
    {
        const char *const end = m_end;
        while (at != end && isDigit(*at)) {
            const char *behind = at + 1;
            while (behind != end && *at != '0' && isDigit(*behind))
                ++behind;
            if (behind == end || *behind != ',')
                return at;
            at = skipSpace(behind + 1, end);
        }
        return at;
    }

    // Each: behind what stands at `at`, or null where it is no such thing.

    const char *skipScalar(const char *at) const
    {
        switch (*at) {
        case '"':
            return skipText(at);
        case 't':
            return skipLiteral(at, "true");
        case 'f':
            return skipLiteral(at, "false");
        case 'n':
            return skipLiteral(at, "null");
        default:
            return skipNumber(at);
        }
    }

    /// A member's name and its colon, and the space behind.
    const char *skipKey(const char *at) const
    {
        if (at == m_end || *at != '"')
            return nullptr;
        at = skipText(at);
        if (!at)
            return nullptr;
        at = skipSpace(at, m_end);
        if (at == m_end || *at != ':')
            return nullptr;
        return skipSpace(at + 1, m_end);
    }

    const char *skipLiteral(const char *at, std::string_view word) const
    {
        const auto size = static_cast<qsizetype>(word.size());
        if (m_end - at < size || std::memcmp(at, word.data(), word.size()) != 0)
            return nullptr;
        return at + size;
    }

    const char *skipText(const char *at) const
    {
        ++at;
        for (;;) {
            at = findSpecial(at, m_end);
            if (at == m_end)
                return nullptr;
            if (*at == '"')
                return at + 1;
            if (*at != '\\' || !(at = skipEscape(at + 1)))
                return nullptr;
        }
    }

    const char *skipEscape(const char *at) const
    {
        if (at == m_end)
            return nullptr;
        const char c = *at++;
        if (c != 'u') {
            const bool isKnown =
                c == '"' || c == '\\' || c == '/' || c == 'b' || c == 'f' || c == 'n' || c == 'r' || c == 't';
            return isKnown ? at : nullptr;
        }
        for (int i = 0; i < 4; ++i, ++at) {
            if (at == m_end || hexValue(*at) < 0)
                return nullptr;
        }
        return at;
    }

    const char *skipNumber(const char *at) const
    {
        if (*at == '-')
            ++at;
        if (at != m_end && *at == '0')
            ++at;
        else if (!(at = skipDigits(at)))
            return nullptr;
        if (at != m_end && *at == '.' && !(at = skipDigits(at + 1)))
            return nullptr;
        if (at != m_end && (*at == 'e' || *at == 'E')) {
            ++at;
            if (at != m_end && (*at == '+' || *at == '-'))
                ++at;
            return skipDigits(at);
        }
        return at;
    }

    const char *skipDigits(const char *at) const
    {
        if (at == m_end || !isDigit(*at))
            return nullptr;
        while (at != m_end && isDigit(*at))
            ++at;
        return at;
    }

    const QByteArrayView m_text;
    const char *const m_end;
    int m_deepest = 0;
    const int m_maxDepth;
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
