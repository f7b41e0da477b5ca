// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/tunepage.h"

#include "config/retrypresets.h"
#include "pages/certifypanel.h"
#include "pages/draftchrome.h"
#include "pages/incidentreplaypanel.h"
#include "pages/mergepanel.h"
#include "pages/recommendpanel.h"

#include <QAction>
#include <QButtonGroup>
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QStackedWidget>
#include <QToolButton>

namespace retryscope {
namespace {

constexpr int mergeBody = 1;

} // namespace

/// What the page shows, and on the right what takes it back.
QLayout *TunePage::makeViews()
{
    auto *row = new QHBoxLayout;
    row->setSpacing(8);
    m_views = new QButtonGroup(this);
    struct ViewRow
    {
        View view;
        const char *name;
        QString text, tip;
    };
    for (const ViewRow &view :
         {ViewRow{View::Fields, "viewFields", tr("Fields"), tr("Every field of the draft, and what it does")},
          ViewRow{View::Recommend, "viewRecommend", tr("Recommend"), tr("Look for a better configuration")},
          ViewRow{View::Certify, "viewCertify", tr("Storm certificate"),
                  tr("The load that is safe, and what tips it into a storm")},
          ViewRow{View::Incident, "viewIncident", tr("Last incident"),
                  tr("What the draft would have done in the last incident on record")}}) {
        auto *button = new QToolButton;
        button->setObjectName(QLatin1String(view.name));
        button->setText(view.text);
        button->setToolTip(view.tip);
        button->setCheckable(true);
        button->setChecked(view.view == m_view);
        button->setProperty("chip", true);
        button->setFocusPolicy(Qt::StrongFocus);
        m_views->addButton(button, int(view.view));
        row->addWidget(button);
    }
    connect(m_views, &QButtonGroup::idToggled, this, [this](int id, bool on) {
        if (on)
            showView(View(id));
    });
    row->addStretch(1);
    QAction *undo = m_undo.createUndoAction(this, tr("Undo")), *redo = m_undo.createRedoAction(this, tr("Redo"));
    undo->setObjectName(QStringLiteral("tuneUndo"));
    redo->setObjectName(QStringLiteral("tuneRedo"));
    undo->setShortcut(QKeySequence::Undo);
    redo->setShortcuts({QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Z), QKeySequence(Qt::CTRL | Qt::Key_Y)});
    for (const auto &[action, name, text] :
         {std::tuple{undo, "undoButton", tr("↶ Undo")}, std::tuple{redo, "redoButton", tr("↷ Redo")}}) {
        action->setShortcutContext(
            Qt::WindowShortcut); // while the page is seen: a button that is done gives the keyboard away
        addAction(action);
        auto *button = new QToolButton;
        button->setObjectName(QLatin1String(name));
        button->setText(text); // the action's own names the field and would make the head jump
        button->setEnabled(action->isEnabled());
        button->setAutoRaise(true);
        connect(button, &QToolButton::clicked, action, &QAction::trigger);
        connect(action, &QAction::changed, button, [button, action = action] {
            button->setEnabled(action->isEnabled());
            button->setToolTip(
                QStringLiteral("%1 (%2)").arg(action->text(), action->shortcut().toString(QKeySequence::NativeText)));
        });
        row->addWidget(button);
    }
    return row;
}

QWidget *TunePage::makeHead()
{
    m_search->setObjectName(QStringLiteral("fieldSearch"));
    m_search->setPlaceholderText(tr("Find a field"));
    m_search->setClearButtonEnabled(true);
    m_search->setAccessibleName(tr("Find a field"));
    m_search->setMaximumWidth(326);
    m_preset->setObjectName(QStringLiteral("presetBox"));
    m_preset->setAccessibleName(tr("Preset"));
    m_preset->addItem(tr("Choose a preset …"));
    for (const RetryPreset &preset : retryPresets()) {
        m_preset->addItem(QLatin1String(preset.label));
        m_preset->setItemData(m_preset->count() - 1, QLatin1String(preset.note), Qt::ToolTipRole);
    }
    m_preset->setMaximumWidth(240);
    auto *head = new QWidget;
    auto *row = new QHBoxLayout(head);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(8);
    row->addWidget(m_search, 3);
    row->addWidget(m_preset, 2);
    row->addStretch(1);
    return head;
}

RecommendPanel &TunePage::recommendPanel()
{
    if (!m_recommend) {
        m_recommend = new RecommendPanel(m_theme);
        m_body->addWidget(m_recommend);
        connect(m_recommend, &RecommendPanel::putRequested, this,
                [this](const RetryConfig &retry) { takeRetry(tr("Recommendation"), retry); });
        showPanels();
    }
    return *m_recommend;
}

CertifyPanel &TunePage::certifyPanel()
{
    if (!m_certify) {
        m_certify = new CertifyPanel;
        m_body->addWidget(m_certify);
        connect(m_certify, &CertifyPanel::putRequested, this,
                [this](const RetryConfig &retry) { takeRetry(tr("Knob of the certificate"), retry); });
        showPanels();
    }
    return *m_certify;
}

IncidentReplayPanel &TunePage::incidentPanel()
{
    if (!m_incident) {
        m_incident = new IncidentReplayPanel(m_theme);
        m_incident->setPrices(m_prices);
        m_incident->setNames(m_names);
        m_body->addWidget(m_incident);
        showPanels();
    }
    return *m_incident;
}

void TunePage::setNames(const ProviderNames &names)
{
    m_names = names;
    if (m_incident)
        m_incident->setNames(names);
}

/// What they ask about is the draft as it stands.
void TunePage::showPanels()
{
    if (!m_recommend && !m_certify && !m_incident)
        return;
    QString problem;
    for (const ConfigIssue &issue : validate(m_draft.draft())) {
        if (issue.severity == ConfigIssue::Severity::Error && problem.isEmpty())
            problem = tr("The draft cannot be played. %1").arg(issue.message);
    }
    if (m_recommend)
        m_recommend->setDraft(m_draft.draft(), problem);
    if (m_certify)
        m_certify->setDraft(m_draft.draft(), problem);
    if (m_incident)
        m_incident->setConfigurations(m_draft.draft(), m_draft.inForce(), problem);
}

void TunePage::showView(View view)
{
    m_view = view;
    m_views->button(int(view))->setChecked(true);
    const bool fields = view == View::Fields;
    m_head->setVisible(fields);
    m_note->setVisible(fields && m_preset->currentIndex() > 0);
    if (m_body->currentIndex() != mergeBody || m_draft.conflicts().isEmpty())
        showMerge(false);
}

void TunePage::showMerge(bool on)
{
    if (on && !m_draft.conflicts().isEmpty()) {
        m_body->setCurrentIndex(mergeBody);
        return m_chrome->merge()->focusFirst();
    }
    switch (m_view) {
    case View::Fields: return m_body->setCurrentIndex(0);
    case View::Recommend: return m_body->setCurrentWidget(&recommendPanel());
    case View::Certify: return m_body->setCurrentWidget(&certifyPanel());
    case View::Incident: return m_body->setCurrentWidget(&incidentPanel());
    }
}

} // namespace retryscope
