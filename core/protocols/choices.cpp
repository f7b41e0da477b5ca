// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/wireformats.h"

#include <algorithm>
#include <bitset>

namespace retryscope {

/// Number 0 or without a number; the size of the list where there is none.
static qsizetype placeOfFirst(const QJsonArray &choices)
{
    return std::find_if(choices.begin(), choices.end(),
                        [](const QJsonValue &choice) { return choice[QLatin1String("index")].toInt() == 0; })
           - choices.begin();
}

QJsonObject firstChoice(const QJsonArray &choices) { return choices.at(placeOfFirst(choices)).toObject(); }

static void readOther(int index, const QJsonObject &choice, Answer *answer, void (*read)(const QJsonObject &, Answer *))
{
    QVector<AnswerChoice> &others = answer->content.others;
    auto place =
        std::find_if(others.begin(), others.end(), [index](const AnswerChoice &c) { return c.index >= index; });
    const bool known = place != others.end() && place->index == index;
    Answer own;
    if (known) {
        static_cast<ChoiceContent &>(own.content) = std::move(*place);
        own.text = std::move(place->text);
        own.finish = place->finish;
        own.finishReason = place->finishReason;
    }
    read(choice, &own);
    const bool spoke = own.pieces > 0 || own.reasoning || own.otherOutput;
    answer->othersSpoke |= spoke;
    if (own.failure && own.finishReason.isEmpty()) {
        own.finish = Finish::Other;
        own.finishReason = QStringLiteral("error");
    }
    if (!known && !spoke && own.finishReason.isEmpty())
        return; // its role only
    if (!known)
        place = others.insert(place, AnswerChoice());
    static_cast<ChoiceContent &>(*place) = std::move(own.content);
    place->index = index;
    place->text = std::move(own.text);
    place->finish = own.finish;
    place->finishReason = own.finishReason;
}

void readOtherChoices(const QJsonArray &choices, Answer *answer,
                      void (*read)(const QJsonObject &choice, Answer *answer))
{
    constexpr int most = 128;
    const qsizetype first = placeOfFirst(choices);
    if (choices.size() <= 1 && first < choices.size())
        return;
    std::bitset<most + 1> taken(1);
    for (qsizetype i = 0; i < choices.size(); ++i) {
        if (i == first)
            continue;
        int index = choices[i][QLatin1String("index")].toInt();
        if (index <= 0 || (index < most && taken.test(std::size_t(index)))) {
            for (index = 1; taken.test(std::size_t(index)); ++index) { }
        }
        if (index >= most)
            continue;
        taken.set(std::size_t(index));
        readOther(index, choices[i].toObject(), answer, read);
    }
}

} // namespace retryscope
