// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/providerchoice.h"

#include <QCheckBox>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QVBoxLayout>

namespace retryscope {
namespace {

constexpr int presetRole = Qt::UserRole;
const QString anyOther = QStringLiteral("other"); // the preset that fits where none has the name

} // namespace

ProviderChoice::ProviderChoice(const Theme &theme, QWidget *parent)
    : QFrame(parent), m_theme(theme), m_search(new QLineEdit), m_list(new QListWidget), m_note(new QLabel),
      m_replace(new QCheckBox(tr("Take the simulated providers out"))), m_add(new QPushButton(tr("Add")))
{
    setObjectName(QStringLiteral("card"));
    auto *title = new QLabel(tr("Add a provider"));
    title->setFont(Theme::font(TextRole::Title));
    m_search->setObjectName(QStringLiteral("presetSearch"));
    m_search->setPlaceholderText(tr("Find a vendor, gateway or local server"));
    m_search->setAccessibleName(tr("Find a provider to add"));
    m_search->setClearButtonEnabled(true);
    m_search->installEventFilter(this);
    m_list->setObjectName(QStringLiteral("presetList"));
    m_list->setAccessibleName(tr("Providers that can be added"));
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setTabKeyNavigation(false);
    m_list->setUniformItemSizes(true);
    m_note->setWordWrap(true);
    m_note->setProperty("muted", true);
    m_note->setObjectName(QStringLiteral("presetDetail"));
    m_note->setMinimumHeight(fontMetrics().height() * 2 + 4);
    m_note->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    m_replace->setObjectName(QStringLiteral("replaceSimulated"));
    m_replace->setToolTip(tr("So that every call goes to a real provider. It can be undone."));
    m_add->setObjectName(QStringLiteral("presetAdd"));
    m_add->setProperty("primary", true);
    auto *cancel = new QPushButton(tr("Cancel"));
    cancel->setObjectName(QStringLiteral("presetCancel"));
    auto *buttons = new QHBoxLayout;
    buttons->addStretch(1);
    buttons->addWidget(cancel);
    buttons->addWidget(m_add);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(Theme::inset, 14, Theme::inset, 14);
    column->setSpacing(8);
    column->addWidget(title);
    column->addWidget(m_search);
    column->addWidget(m_list, 1);
    column->addWidget(m_note);
    column->addWidget(m_replace);
    column->addLayout(buttons);
    connect(m_search, &QLineEdit::textChanged, this, &ProviderChoice::filter);
    connect(m_search, &QLineEdit::returnPressed, this, &ProviderChoice::take);
    connect(m_list, &QListWidget::itemActivated, this, &ProviderChoice::take);
    connect(m_list, &QListWidget::currentItemChanged, this, [this](QListWidgetItem *item) {
        m_note->setText(item ? item->toolTip() : QString());
        m_add->setEnabled(item);
    });
    connect(m_add, &QPushButton::clicked, this, &ProviderChoice::take);
    connect(cancel, &QPushButton::clicked, this, &ProviderChoice::closed);
    fill();
}

void ProviderChoice::open(bool simulated)
{
    m_replace->setVisible(simulated);
    m_replace->setChecked(simulated);
    m_search->clear();
    fill();
    m_search->setFocus(Qt::OtherFocusReason);
}

void ProviderChoice::fill()
{
    m_list->clear();
    const auto add = [this](const ProviderPreset &preset, const QString &found) {
        auto *item = new QListWidgetItem(
            found.isEmpty() ? preset.label : tr("%1   ✓ %2 found in your environment").arg(preset.label, found),
            m_list);
        const QString url = preset.json[QLatin1String("base_url")].toString(),
                      key = preset.json[QLatin1String("key")].toString();
        QStringList about{url};
        if (!preset.note.isEmpty())
            about.prepend(preset.note);
        if (key.startsWith(QLatin1String("env:")) && found.isEmpty())
            about << tr("Its key is read from %1, which is not set.").arg(key.mid(4));
        item->setToolTip(about.join(QLatin1Char('\n')));
        item->setData(presetRole, preset.key);
    };
    QStringList done;
    for (const FoundKey &key : foundKeys()) {
        add(*key.preset, key.variable);
        done << key.preset->key;
    }
    for (const ProviderPreset &preset : providerPresets()) {
        if (!done.contains(preset.key))
            add(preset, {});
    }
    m_list->setCurrentRow(0);
}

void ProviderChoice::filter(const QString &words)
{
    QListWidgetItem *first = nullptr;
    for (int i = 0; i < m_list->count(); ++i) {
        QListWidgetItem *item = m_list->item(i);
        const QString all = item->text() + item->toolTip() + item->data(presetRole).toString();
        bool fits = true;
        for (const QString &word : words.split(QLatin1Char(' '), Qt::SkipEmptyParts))
            fits &= all.contains(word, Qt::CaseInsensitive);
        item->setHidden(!fits);
        // A name that begins so is meant before one that only mentions it.
        if (fits
            && (!first
                || (!first->text().startsWith(words, Qt::CaseInsensitive)
                    && item->text().startsWith(words, Qt::CaseInsensitive))))
            first = item;
    }
    for (int i = 0; !first && i < m_list->count(); ++i) {
        if (QListWidgetItem *item = m_list->item(i); item->data(presetRole) == anyOther) {
            item->setHidden(false);
            m_list->setCurrentItem(item);
            return m_note->setText(tr("Nothing else has this in its name. %1").arg(item->toolTip()));
        }
    }
    m_list->setCurrentItem(first);
}

void ProviderChoice::take()
{
    if (const QListWidgetItem *item = m_list->currentItem(); item && !item->isHidden())
        emit chosen(item->data(presetRole).toString(), !m_replace->isHidden() && m_replace->isChecked());
}

void ProviderChoice::keyPressEvent(QKeyEvent *event)
{
    if (event->key() != Qt::Key_Escape)
        return QFrame::keyPressEvent(event);
    emit closed();
}

/// The arrows choose in the list while the search has the keyboard.
bool ProviderChoice::eventFilter(QObject *watched, QEvent *event)
{
    if (watched != m_search || event->type() != QEvent::KeyPress)
        return false;
    const int key = static_cast<QKeyEvent *>(event)->key();
    if (key != Qt::Key_Down && key != Qt::Key_Up)
        return false;
    for (int row = m_list->currentRow() + (key == Qt::Key_Down ? 1 : -1); row >= 0 && row < m_list->count();
         row += key == Qt::Key_Down ? 1 : -1) {
        if (!m_list->item(row)->isHidden()) {
            m_list->setCurrentRow(row);
            break;
        }
    }
    return true;
}

} // namespace retryscope
