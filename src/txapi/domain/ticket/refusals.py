"""Why a command on a ticket is refused; each refusal is named for the fact."""

from __future__ import annotations

from typing import Any

from txapi.domain.errors import Refusal
from txapi.domain.labels import label_of
from txapi.domain.ticket.values import TicketState


class TicketStateForbids(Refusal):
    """A command is open in certain states only."""

    en = "The ticket is {state}; this takes: {needs}."
    zh = "工作联系单{state}，此操作仅适用于：{needs}。"

    def said(self, lang: str) -> dict[str, Any]:
        needs = ("、" if lang == "zh" else ", ").join(
            label_of(TicketState(value)).text(lang) for value in self.facts["needs"]
        )
        return {"state": label_of(TicketState(self.facts["state"])).text(lang), "needs": needs}


class LiaisonFormNeedsAnIssuer(Refusal):
    """A liaison form comes from a unit; an item of an on-site meeting may come from the meeting itself."""

    en = "A liaison form needs an issuing unit."
    zh = "工作联系单须有发出单位。"


class IssueNeedsAHandler(Refusal):
    """A ticket is issued to the unit that must accept it."""

    en = "The ticket names no unit to handle it."
    zh = "未填写主送单位，不能发出。"


class OnSiteItemHasNoReplyRule(Refusal):
    """An on-site item is resolved on the spot or assigned with a deadline; the seven-day rule is not for it."""

    en = "An item of an on-site meeting is resolved on the spot or assigned with a deadline."
    zh = "现场办公事项应当场解决或限期办结，不适用七日受理。"


class LiaisonFormIsNoOnSiteItem(Refusal):
    """Only an on-site item is resolved on the spot or assigned with a deadline."""

    en = "A liaison form is issued; only an item of an on-site meeting is settled this way."
    zh = "工作联系单应发出办理；仅现场办公事项可当场解决或限期办结。"


class NoHandlingOfThatUnit(Refusal):
    """The unit has no open handling of this ticket."""

    en = "The ticket is not being handled by {unit}."
    zh = "{unit}不是本联系单的办理单位。"


class AlreadyHandling(Refusal):
    """A unit handles a ticket once at a time."""

    en = "The ticket is being handled by {unit} already."
    zh = "{unit}已在办理本联系单。"


class AlreadyReceived(Refusal):
    """A ticket is received once per handling; a wrong date is corrected."""

    en = "The ticket was received by {unit} on {on} already."
    zh = "{unit}已于{on}签收。"


class NotReceivedYet(Refusal):
    """A reply answers what was received."""

    en = "The ticket has not been received by {unit} yet."
    zh = "{unit}尚未签收。"


class ReceiptLiesAhead(Refusal):
    """A receipt has happened."""

    en = "The receipt at {at} lies ahead."
    zh = "签收时间{at}尚未到来。"


class ReceiptPrecedesTheTicket(Refusal):
    """A ticket is received after it was sent to the unit."""

    en = "The receipt at {at} precedes {addressed_at}, when the ticket was sent to the unit."
    zh = "签收时间{at}早于送达时间{addressed_at}。"


class ReceiptFollowsTheReply(Refusal):
    """A unit replies to what it has received."""

    en = "The receipt at {at} follows the reply at {answered_at}."
    zh = "签收时间{at}晚于答复时间{answered_at}。"


class BackdatingNeedsASource(Refusal):
    """A receipt dated on an earlier day names the document that shows it."""

    en = "A receipt on an earlier day needs a source."
    zh = "补录或更正签收日期须注明依据文件。"


class BackdatingNeedsAReason(Refusal):
    """A receipt dated on an earlier day says why it was not recorded then."""

    en = "A receipt on an earlier day needs a reason."
    zh = "补录或更正签收日期须说明理由。"


class AlreadyReplied(Refusal):
    """A unit accepts or returns a ticket once."""

    en = "The ticket was replied to by {unit} already."
    zh = "{unit}已经答复。"


class AcceptanceNeedsAnOpinion(Refusal):
    """A unit that accepts gives its written opinion 受理意见."""

    en = "An acceptance needs an opinion in writing."
    zh = "受理须填写受理意见。"


class AcceptanceNeedsAPromise(Refusal):
    """A unit that accepts promises a date 承诺办理时限."""

    en = "An acceptance needs a promised date."
    zh = "受理须填写承诺办理时限。"


class PromisePrecedesTheAcceptance(Refusal):
    """Nobody promises for yesterday."""

    en = "The promised date {promised_by} lies before the day of acceptance, {today}."
    zh = "承诺办理时限{promised_by}早于受理当日{today}。"


class ReturnNeedsAnOpinion(Refusal):
    """A unit that returns a ticket says why in writing."""

    en = "A return needs an opinion in writing."
    zh = "退回须填写意见。"


class NotTakenOn(Refusal):
    """Work is reported, extended and resolved by a unit that has taken it on and is not done."""

    en = "The ticket has not been taken on by {unit}, or its work on it is done."
    zh = "{unit}尚未受理，或已办毕。"


class ProgressNeedsANote(Refusal):
    """A report of progress says what was done."""

    en = "A report of progress needs a note."
    zh = "进展须填写内容。"


class ResolutionNeedsAnOutcome(Refusal):
    """What is resolved has an outcome in words."""

    en = "A resolution needs an outcome in words."
    zh = "办结须填写办理结果。"


class OnlySupportCompletesSupport(Refusal):
    """The lead resolves the ticket; a supporting unit completes its part."""

    en = "The handling is led by {unit}, which resolves the ticket."
    zh = "{unit}为主办单位，应办结联系单。"


class OnlyTheLeadResolves(Refusal):
    """A supporting unit completes its part; the lead resolves the ticket."""

    en = "The handling is supported by {unit}, which completes its part."
    zh = "{unit}为协办单位，只能完成协办事项。"


class ExtensionNeedsAReason(Refusal):
    """A unit that asks for more time says why."""

    en = "An extension needs a reason."
    zh = "延期申请须说明理由。"


class ExtensionIsNoLonger(Refusal):
    """An extension ends later than what it extends, and not before today."""

    en = "An extension to {to} must end after {last_day} and not before {today}."
    zh = "延期至{to}须晚于原时限{last_day}，且不早于今日{today}。"


class ExtensionIsUndecided(Refusal):
    """A unit asks for one extension at a time."""

    en = "An extension asked by {unit} waits for its decision."
    zh = "{unit}的延期申请尚待批复。"


class NoExtensionToDecide(Refusal):
    """A decision answers an extension that was asked."""

    en = "No extension waits for a decision."
    zh = "没有待批复的延期申请。"


class ExtensionDecisionNeedsAnOpinion(Refusal):
    """Whoever refuses an extension says why."""

    en = "To refuse an extension needs an opinion."
    zh = "不同意延期须填写意见。"


class WithdrawalNeedsAReason(Refusal):
    """An issuer that withdraws says why."""

    en = "A withdrawal needs a reason."
    zh = "撤回须说明理由。"


class ReassignmentNeedsAReason(Refusal):
    """Whoever sends a ticket on to another unit says why."""

    en = "A reassignment needs a reason."
    zh = "转办须说明理由。"


class ReopeningNeedsAReason(Refusal):
    """An issuer that is not satisfied says why."""

    en = "A reopening needs a reason."
    zh = "重新办理须说明理由。"


class DeadlineLiesInThePast(Refusal):
    """A time limit leaves time."""

    en = "The deadline {due} lies before today, {today}."
    zh = "时限{due}早于今日{today}。"


class ReminderNeedsANote(Refusal):
    """A reminder says what is wanted."""

    en = "A reminder needs a note."
    zh = "催办须填写内容。"


class EscalationNeedsAReason(Refusal):
    """Whoever takes a ticket higher says why."""

    en = "An escalation needs a reason."
    zh = "提级须说明理由。"


class EscalationNeedsALeader(Refusal):
    """A ticket is taken to a named leading official."""

    en = "The escalation names no leading official."
    zh = "提级须指明领衔领导。"


class EscalationSkipsTheLeader(Refusal):
    """The mayor's office meeting takes what a leading official tried and could not settle."""

    en = "The mayor's office meeting takes what a leading official has tried and could not settle."
    zh = "须先由领衔领导协调，协调未果方可提交市长办公会议。"


class AlreadyEscalated(Refusal):
    """A ticket is taken higher, never to where it is and never lower."""

    en = "The ticket was taken that high already."
    zh = "已提级至该层级。"


class NotBeforeALeader(Refusal):
    """A leading official acts on what was brought to one."""

    en = "The ticket was not taken to a leading official."
    zh = "尚未提请领衔领导协调。"


class AttemptNeedsAnOutcome(Refusal):
    """A leading official's attempt has an outcome in words."""

    en = "A leading official's attempt needs an outcome in words."
    zh = "领导协调须填写结果。"


class NotBeforeTheMeeting(Refusal):
    """The mayor's office meeting decides on what was brought to it."""

    en = "The ticket was not taken to the mayor's office meeting."
    zh = "尚未提交市长办公会议。"


class DecisionNeedsAText(Refusal):
    """A decision is in words."""

    en = "A decision needs a text."
    zh = "议定事项须填写内容。"


class NoSuchDecision(Refusal):
    """A decision is named by its number within the ticket."""

    en = "The ticket has no decision number {number}."
    zh = "没有第{number}项议定事项。"


class DecisionIsCarriedOut(Refusal):
    """A decision is carried out once."""

    en = "Decision number {number} was carried out already."
    zh = "第{number}项议定事项已落实。"


class NoDeadlineIsProvisional(Refusal):
    """Only a provisional deadline is fixed."""

    en = "No deadline of this ticket is provisional."
    zh = "没有暂定的时限。"


class CalendarIsStillUnknown(Refusal):
    """A deadline is fixed by an edition of the calendar that knows its year."""

    en = "No adopted calendar knows the year of the deadline yet."
    zh = "尚无该年度的工作日历。"


class MarkingNeedsAReason(Refusal):
    """Whoever closes a ticket to others, or opens it to them, says why."""

    en = "To mark a ticket as internal, or as public again, needs a reason."
    zh = "将联系单标为内部或恢复公开须说明理由。"
