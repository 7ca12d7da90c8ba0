/// The JSON scanner against simdjson's document model, and its readers against each other.

#include "FuzzSupport.h"

#include "socketio/Json.h"
#include "support/JsonMembers.h"

#include <QString>

#include <simdjson.h>

#include <algorithm>

using namespace concierge;

namespace {

bool isSame(const std::vector<QByteArrayView> &a, const std::vector<QByteArrayView> &b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](QByteArrayView x, QByteArrayView y) {
        return x.data() == y.data() && x.size() == y.size();
    });
}

void checkString(QByteArrayView string)
{
    const QByteArray plain = json::unescape(string);
    const qsizetype length = json::utf16Length(string);
    FUZZ_CHECK(QString::fromUtf8("x" + plain).size() == 1 + length); // behind an x: Qt eats a leading BOM
    const QByteArray again = json::quoted(plain);
    FUZZ_CHECK(json::validate(again, 0));
    FUZZ_CHECK(json::unescape(again) == plain);
    for (const qsizetype units : {qsizetype(0), length / 2, length - 1, length}) {
        const QByteArray cut = json::cutToUtf16(string, std::max<qsizetype>(units, 0));
        FUZZ_CHECK(json::validate(cut, 0));
        const qsizetype left = json::utf16Length(cut);
        FUZZ_CHECK(left <= std::max<qsizetype>(units, 0));
        FUZZ_CHECK(left >= units - 1);
        FUZZ_CHECK(string.startsWith(QByteArrayView(cut).chopped(1)));
        FUZZ_CHECK(units != length || cut == string);
    }
}

void checkValue(QByteArrayView value)
{
    switch (json::typeOf(value)) {
    case json::Type::Object:
        for (const json::Member &member : test::members(value)) {
            checkString(member.rawKey);
            FUZZ_CHECK(member.keyIs(json::unescape(member.rawKey)));
            checkValue(member.value);
        }
        break;
    case json::Type::Array: {
        std::vector<QByteArrayView> spans;
        FUZZ_CHECK(json::validate(value, json::deepest, &spans));
        FUZZ_CHECK(isSame(spans, json::elements(value)));
        for (const QByteArrayView element : spans)
            checkValue(element);
        break;
    }
    case json::Type::String:
        checkString(value);
        break;
    default:
        FUZZ_CHECK(json::validate(value, 0));
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const QByteArrayView text(reinterpret_cast<const char *>(data), static_cast<qsizetype>(size));
    const auto deep = json::validate(text, json::deepest);
    const auto shallow = json::validate(text, 64);
    FUZZ_CHECK(!shallow || deep);
    FUZZ_CHECK(shallow || deep || shallow.error() == deep.error() || shallow.error() == json::Error::TooDeep);

    simdjson::dom::parser parser;
    const bool isGoodToSimdjson = parser.parse(text.data(), size).error() == simdjson::SUCCESS;
    FUZZ_CHECK(!isGoodToSimdjson || deep);
    if (shallow)
        checkValue(*shallow);
    return 0;
}
